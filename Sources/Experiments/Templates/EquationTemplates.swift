extension ExperimentTemplate {
  static let system = ExperimentTemplate(
    name: "system", summary: "several fields, an equation for each",
    text: """
      # Hares and lynxes: several fields, an equation for each.
      title = "Predator and prey"

      [variables]
      t = { range = [0, 6], unit = "years" }

      [fields]                         # outputs of one network
      hares = "softplus(N)"            # a transform: N is what the network puts out, softplus keeps it positive
      lynxes = "softplus(N)"

      [constants]
      birth = 1.0
      catch = 0.8
      death = 0.8
      gain = 0.6

      [define]                         # a name for a part of both equations
      meetings = "hares*lynxes"

      [[equation]]
      name = "prey"                    # the name of the loss term, a column of losses.csv
      expr = "d(hares, t) = birth*hares - catch*meetings"

      [[equation]]
      name = "predator"
      expr = "d(lynxes, t) = gain*meetings - death*lynxes"

      [[condition]]
      name = "start"
      at = "t = 0"
      expr = ["hares = 1.5", "lynxes = 1"]

      [loss]
      weights = { start = 10 }         # 1 where not given

      [sampling]
      interior = 200

      [network]
      hidden = [24, 24]

      """)

  static let complexPair = ExperimentTemplate(
    name: "complex-pair", summary: "a complex field as a pair of real ones",
    text: """
      # A particle in a box: the complex field psi = u + i*v as two real fields.
      #
      # i*psi_t = -psi_xx/2 has the real part -v_t = -u_xx/2 and the imaginary part u_t = -v_xx/2.
      title = "Particle in a box"

      [variables]
      x = [0, "pi"]
      t = [0, 1]

      [fields]
      u = {}
      v = {}
      density = "u^2 + v^2"            # without N: made of other fields, takes no part of the network

      [[equation]]
      name = "real"
      expr = "v_t = u_xx/2"

      [[equation]]
      name = "imaginary"
      expr = "u_t = -v_xx/2"

      [[condition]]
      name = "initial"                 # two states that beat
      at = "t = 0"
      expr = ["u = sin(x) + sin(2*x)", "v = 0"]
      enforce = "hard"

      [[condition]]
      name = "walls"
      at = ["x = 0", "x = pi"]
      expr = ["u = 0", "v = 0"]
      enforce = "hard"

      [[reference]]                    # fields.csv then has u_ref, v_ref and their errors
      expr = [
        "u = cos(t/2)*sin(x) + cos(2*t)*sin(2*x)",
        "v = -sin(t/2)*sin(x) - sin(2*t)*sin(2*x)",
      ]

      [sampling]
      interior = 150

      [network]
      hidden = [12, 12]

      [require]
      rel_l2_u = 1e-2
      rel_l2_v = 1e-2

      """)

  static let higherOrder = ExperimentTemplate(
    name: "higher-order", summary: "an equation of fourth order, with two conditions at each end",
    text: """
      # A shelf board: fourth derivatives, and two conditions at each end.
      title = "Cantilever"

      [variables]
      x = [0, 1]

      [fields]
      w = {}                           # deflection

      [constants]
      load = 24                        # by the stiffness of the board

      [[equation]]
      name = "bending"
      expr = "w_xxxx = load"           # derivatives up to order four; d(w, x, x, x, x) is the same

      [[condition]]
      name = "clamp"                   # neither deflection nor slope
      at = "x = 0"
      expr = ["w = 0", "w_x = 0"]

      [[condition]]
      name = "free"                    # neither moment nor force
      at = "x = 1"
      expr = ["w_xx = 0", "w_xxx = 0"]

      [[reference]]
      expr = "w = load/24*x^2*(x^2 - 4*x + 6)"

      [sampling]
      interior = 50

      [network]
      hidden = [16, 16]

      [loss]
      weights = { clamp = 10 }         # a small error at the clamp is a large one at the tip

      [require]
      rel_l2_w = 1e-2

      """)
}
