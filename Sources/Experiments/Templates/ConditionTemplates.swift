extension ExperimentTemplate {
  static let hardConditions = ExperimentTemplate(
    name: "hard-conditions", summary: "conditions that hold exactly, built into the field",
    text: """
      # A loaded membrane: conditions that hold exactly, whatever the network says.
      title = "Loaded membrane"

      [variables]
      x = [0, 1]
      y = [0, 1]

      # An output transform does the same by hand: N is what the network puts out, and x*(1 - x)*y*(1 - y)*N
      # is 0 on all four sides.
      [fields]
      u = {}

      [[equation]]
      name = "membrane"
      expr = "laplacian(u) + 2*pi^2*sin(pi*x)*sin(pi*y) = 0"

      [[condition]]
      name = "bottom"
      at = "y = 0"
      expr = "u = sin(pi*x)"           # a value may depend on the place
      enforce = "hard"                 # built into u: no loss term, nothing to weigh

      [[condition]]
      name = "sides"
      at = ["x = 0", "x = 1", "y = 1"]
      expr = "u = 0"                   # agrees with the bottom where they meet
      enforce = "hard"                 # pinn check FILE prints the field that results

      [[reference]]                    # a known solution: reported as an error, never trained on
      expr = "u = sin(pi*x)*(sinh(pi*(1 - y))/sinh(pi) + sin(pi*y))"

      [sampling]
      interior = 150

      [network]
      hidden = [16, 16]

      [require]                        # a run that misses a bound ends with status 4
      rel_l2_u = 1e-2

      """)

  static let periodic = ExperimentTemplate(
    name: "periodic", summary: "a periodic domain, by features of the network",
    text: """
      # A wave that goes around a ring: periodic for any network.
      title = "Transport on a ring"

      [variables]
      x = [0, "2*pi"]                  # a number may be an expression in quotes
      t = [0, 1]

      [fields]
      u = {}

      [constants]
      speed = 2
      nu = 0.1

      [[equation]]
      name = "transport"
      expr = "u_t + speed*u_x = nu*u_xx"

      [[condition]]
      name = "initial"
      at = "t = 0"
      expr = "u = sin(x)"
      enforce = "hard"

      # The network gets cos(x) and sin(x) in place of x, so both ends are one point. Without these features a
      # condition with at = "x: periodic" asks for the same as a loss term.
      [network]
      hidden = [16, 16]
      features = { periodic = "x" }    # harmonics = 3 would add cos(2*x), sin(2*x), cos(3*x), sin(3*x)

      [sampling]
      interior = 300

      [[reference]]
      expr = "u = exp(-nu*t)*sin(x - speed*t)"

      [require]
      rel_l2_u = 1e-2

      """)

  static let neumannRobin = ExperimentTemplate(
    name: "neumann-robin", summary: "conditions on slopes: a given flux, and an exchange with the surroundings",
    text: """
      # A cooling fin: a heat flux at one end, heat passed to the air at the other.
      title = "Cooling fin"

      [variables]
      x = { range = [0, 1], unit = "m" }

      [fields]
      u = { unit = "K" }               # temperature above that of the air

      [constants]
      m = { value = 2, unit = "1/m" }
      h = { value = 0.5, unit = "1/m" }
      L = { value = 1, unit = "m" }
      slope = { value = 1, unit = "K/m" } # units are checked: with exp(-2*m) below, pinn check would complain

      [[equation]]
      name = "fin"
      expr = "u_xx = m^2*u"

      # d(u, n) is the derivative along the outward normal: -u_x at x = 0, u_x at x = 1.
      [[condition]]
      name = "heater"                  # Neumann: the slope is given; 0 would be an insulated end
      at = "x = 0"
      expr = "d(u, n) = slope"

      [[condition]]
      name = "tip"                     # Robin: slope and value together
      at = "x = 1"
      expr = "d(u, n) + h*u = 0"

      [define]
      q = "(m - h)/(m + h)*exp(-2*m*L)"

      [[reference]]
      expr = "u = slope*(exp(-m*x) + q*exp(m*x))/(m*(1 - q))"

      [sampling]
      interior = 100

      [network]
      hidden = [16, 16]

      [require]
      rel_l2_u = 1e-3

      """)
}
