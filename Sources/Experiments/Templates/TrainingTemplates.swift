extension ExperimentTemplate {
  static let fourierFeatures = ExperimentTemplate(
    name: "fourier-features", summary: "fine structure, by random Fourier features",
    text: """
      # Waves of very different length: features that let a small network see the short ones.
      title = "Two scales"

      [variables]
      x = [0, 1]

      [fields]
      u = {}

      [[equation]]
      name = "poisson"
      expr = "u_xx = -(2*pi)^2*sin(2*pi*x) - 0.1*(20*pi)^2*sin(20*pi*x)"

      [[condition]]
      name = "ends"
      at = "boundary"
      expr = "u = 0"
      enforce = "hard"

      [[reference]]
      expr = "u = sin(2*pi*x) + 0.1*sin(20*pi*x)"

      [sampling]
      interior = 300

      [network]
      hidden = [24, 24]
      # Sine and cosine of 16 random frequencies besides x, which is scaled to [-1, 1]. sigma says how many of their
      # waves a length of 1 holds: too small and the network must bend them itself, too large and it sees noise.
      features = { fourier = { count = 16, sigma = 3 } }

      [require]
      rel_l2_u = 2e-2

      """)

  static let miniBatches = ExperimentTemplate(
    name: "mini-batches", summary: "many points in small batches, drawn anew now and then",
    text: """
      # Flow that steepens: many points, of which each step looks at some.
      title = "Burgers' equation from mini-batches"

      [variables]
      x = [-1, 1]
      t = [0, 1]

      [fields]
      u = {}

      [constants]
      nu = "0.1/pi"

      [[equation]]
      name = "burgers"
      expr = "u_t + u*u_x = nu*u_xx"

      [[condition]]
      name = "initial"
      at = "t = 0"
      expr = "u = -sin(pi*x)"
      enforce = "hard"

      [[condition]]
      name = "ends"
      at = ["x = -1", "x = 1"]
      expr = "u = 0"
      enforce = "hard"

      [sampling]
      interior = { points = 4000, method = "latin-hypercube", resample = 250 } # all points anew every 250 iterations
      heldout = { points = 500, every = 50 } # never trained on: the column heldout_residual of losses.csv

      [network]
      hidden = [24, 24]

      [[optimizer]]
      method = "adam"
      iterations = 1000
      learning_rate = 5e-3
      schedule = "cosine"              # a step that gets smaller averages over the batches
      batch = 250                      # points of each term that a step looks at

      [[optimizer]]                    # L-BFGS needs all points
      method = "l-bfgs"
      iterations = 100

      """)

  static let phases = ExperimentTemplate(
    name: "phases", summary: "training in phases with weights, schedules and ends of their own",
    text: """
      # A pendulum of large swing: training in phases, each with weights and an end of its own.
      title = "Pendulum"

      [variables]
      t = [0, 5]

      [fields]
      angle = {}

      [constants]
      g = 9.81
      length = 9.81

      [[equation]]
      name = "motion"
      expr = "d(angle, t, t) + g/length*sin(angle) = 0"

      [[condition]]
      name = "start"
      at = "t = 0"
      expr = ["angle = 2", "d(angle, t) = 0"]

      [sampling]
      interior = 128

      [network]
      hidden = [20, 20]

      [[optimizer]]                    # first find the start
      method = "adam"
      iterations = 300
      learning_rate = 5e-3
      weights = { motion = 0.1, start = 10 } # weights of this phase, over those of [loss]

      [[optimizer]]                    # then the motion, with ever smaller steps
      method = "adam"
      iterations = 700
      learning_rate = 5e-3
      schedule = { kind = "exponential", rate = 0.9, steps = 50 }

      [[optimizer]]                    # then all digits
      method = "l-bfgs"
      iterations = 2000
      history = 100
      stop = { loss = 1e-9, gradient = 1e-7, minutes = 2 } # whichever comes first

      """)

  static let study = ExperimentTemplate(
    name: "study", summary: "an experiment to sweep over, with a requirement",
    text: """
      # A boundary layer, set up for comparing variants.
      #
      # Which size of network, from which start?
      #   pinn sweep FILE --over "network.hidden=[8],[16],[16,16]" --seeds 3 > sizes.csv
      # How thin may the layer be?
      #   pinn sweep FILE --over constants.eps=log:0.001..0.1:5 > layers.csv
      # A row for each member: its status, its metrics, and which requirement it missed.
      title = "Boundary layer"
      name = "layer"                   # first part of the name of the folder
      seed = 1                         # of all random draws; --seeds goes on from here

      [variables]
      x = [0, 1]

      [fields]
      u = {}

      [constants]
      eps = 0.1                        # width of the layer

      [[equation]]
      name = "layer"
      expr = "eps*u_xx + u_x = 0"

      [[condition]]
      name = "ends"
      at = "boundary"
      expr = "u = x"
      enforce = "hard"

      [[reference]]                    # without a known solution, metrics are losses and heldout_residual
      expr = "u = (1 - exp(-x/eps))/(1 - exp(-1/eps))"

      [sampling]
      interior = 200

      [network]
      hidden = [16]

      [require]                        # a member that misses a bound says so in its row
      rel_l2_u = 1e-2

      """)
}
