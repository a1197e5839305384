extension ExperimentTemplate {
  static let forwardODE = ExperimentTemplate(
    name: "forward-ode", summary: "an ordinary differential equation with start values",
    text: """
      # A damped oscillator, solved forward.
      title = "Damped oscillator"

      [variables]
      t = [0, 6]                       # the domain

      [fields]
      x = {}                           # unknown functions of all variables

      [constants]
      k = 4
      c = 0.3

      [[equation]]
      name = "motion"
      expr = "x_tt + c*x_t + k*x = 0"  # left = right; x_t is a derivative

      [[condition]]
      name = "position"
      at = "t = 0"
      expr = "x = 1"

      [[condition]]
      name = "velocity"
      at = "t = 0"
      expr = "x_t = 0"

      """)

  static let forwardPDE = ExperimentTemplate(
    name: "forward-pde", summary: "a partial differential equation with initial and boundary conditions",
    text: """
      # Heat conduction in a rod, solved forward.
      title = "Heat conduction"

      [variables]
      x = [0, 1]
      t = [0, 1]                       # `t` is time

      [fields]
      u = {}

      [constants]
      alpha = 0.4

      [[equation]]
      name = "heat"
      expr = "u_t = alpha*u_xx"

      [[condition]]
      name = "initial"
      at = "t = 0"
      expr = "u = sin(pi*x)"
      enforce = "hard"                 # built into u; "soft" makes it a loss term

      [[condition]]
      name = "ends"
      at = ["x = 0", "x = 1"]
      expr = "u = 0"                   # an insulated end would be d(u, n) = 0
      enforce = "hard"

      [[reference]]                    # a known solution: reported as an error, never trained on
      expr = "u = exp(-alpha*pi^2*t)*sin(pi*x)"

      """)
}
