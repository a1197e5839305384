extension ExperimentTemplate {
  static let inverseODE = ExperimentTemplate(
    name: "inverse-ode", summary: "coefficients of an ordinary differential equation from measurements",
    text: """
      # Perfusion of one voxel from arterial spin labelling: blood flow CBF and arrival time AT from samples of S(t).
      # Estimate with: pinn infer FILE --params CBF,AT
      title = "Perfusion of a voxel"

      [variables]
      t = { range = [0, 3.6], unit = "s" }

      [fields]
      S = {}

      [constants]
      tau = { value = 0.6, unit = "s" }

      [unknowns]                       # bounds keep an estimate where it makes sense
      CBF = { guess = 0.5, min = 0, max = 2.5 }
      AT = { guess = 0.5, min = 0.05, max = 2, unit = "s" }
      T1b = { guess = 2.0, scale = "log", unit = "s" }

      [define]                         # names for parts of the equation
      arrived = "smoothstep(t - AT, 0.03)"
      passed = "smoothstep(t - AT - tau, 0.03)"

      [[equation]]
      name = "kinetics"
      expr = "S_t = CBF*exp(-t/T1b)*(arrived*(1-passed)*(1 - (t-AT)/T1b) - passed*tau/T1b)"

      [[condition]]
      name = "start"
      at = "t = 0"
      expr = "S = 0"
      enforce = "hard"

      [[data]]                         # replace `inline` by: file = "mine.csv"
      name = "samples"
      inline = \"\"\"
      t,S
      0.0,0.00000
      0.1,-0.00236
      0.2,-0.00230
      0.3,0.00134
      0.4,-0.00459
      0.5,-0.00029
      0.6,-0.00451
      0.7,0.00220
      0.8,0.00041
      0.9,0.00271
      1.0,0.04554
      1.1,0.08975
      1.2,0.12655
      1.3,0.15987
      1.4,0.19222
      1.5,0.21664
      1.6,0.20807
      1.7,0.19999
      1.8,0.18902
      1.9,0.17887
      2.0,0.17531
      2.1,0.16271
      2.2,0.15349
      2.3,0.14744
      2.4,0.13890
      2.5,0.13235
      2.6,0.12593
      2.7,0.12450
      2.8,0.11462
      2.9,0.10934
      3.0,0.10502
      3.1,0.10265
      3.2,0.09336
      3.3,0.08799
      3.4,0.08983
      3.5,0.07782
      3.6,0.07607
      \"\"\"

      """)

  static let inversePDE = ExperimentTemplate(
    name: "inverse-pde", summary: "a coefficient of a partial differential equation from measurements",
    text: """
      # The diffusivity of a rod from scattered, noisy temperatures.
      title = "Diffusivity from temperatures"

      [variables]
      x = [0, 1]
      t = [0, 1]

      [fields]
      u = {}

      [unknowns]
      alpha = { guess = 1, scale = "log" }

      [[equation]]
      name = "heat"
      expr = "u_t = alpha*u_xx"

      [[condition]]
      name = "initial"
      at = "t = 0"
      expr = "u = sin(pi*x)"
      enforce = "hard"

      [[condition]]
      name = "ends"
      at = ["x = 0", "x = 1"]
      expr = "u = 0"
      enforce = "hard"

      [[data]]                         # replace `inline` by: file = "mine.csv"
      name = "temperatures"
      inline = \"\"\"
      x,t,u
      0.324,0.151,0.4701
      0.651,0.072,0.6717
      0.536,0.366,0.2422
      0.058,0.507,0.0276
      0.037,0.434,0.0235
      0.07,0.091,0.1550
      0.425,0.827,0.0293
      0.124,0.223,0.1639
      0.627,0.948,0.0266
      0.577,0.397,0.2052
      0.976,0.047,0.0527
      0.858,0.29,0.1341
      0.144,0.118,0.2785
      0.308,0.816,0.0238
      0.181,0.582,0.0532
      0.639,0.372,0.2137
      0.548,0.063,0.7644
      0.06,0.206,0.0911
      0.68,0.428,0.1586
      0.314,0.586,0.0818
      0.453,0.3,0.3042
      0.794,0.699,0.0414
      0.244,0.574,0.0725
      0.525,0.875,0.0372
      0.729,0.288,0.2380
      0.98,0.118,0.0373
      0.418,0.757,0.0539
      0.152,0.489,0.0668
      0.039,0.668,0.0043
      0.765,0.573,0.0748
      0.875,0.314,0.1181
      0.695,0.594,0.0762
      0.58,0.456,0.1532
      0.84,0.945,0.0109
      0.474,0.664,0.0717
      0.061,0.701,0.0105
      0.647,0.993,0.0248
      0.822,0.285,0.1671
      0.386,0.669,0.0731
      0.023,0.462,0.0053
      \"\"\"

      """)
}
