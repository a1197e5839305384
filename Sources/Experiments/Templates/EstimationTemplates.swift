extension ExperimentTemplate {
  static let severalUnknowns = ExperimentTemplate(
    name: "several-unknowns", summary: "several coefficients at once, with bounds and logarithmic scales",
    text: """
      # Yeast in a flask: several unknowns at once, each with the scale and the bounds that suit it.
      # Estimate with: pinn infer FILE; one alone, the others held: pinn infer FILE --params r
      title = "Growth to a limit"

      [variables]
      t = { range = [0, 10], unit = "h" }

      [fields]
      P = { expr = "start + t*N", unit = "10^6/ml" } # an unknown may stand in a transform: P is `start` at t = 0

      [unknowns]
      r = { guess = 0.5, min = 0, max = 3, true = 0.9, unit = "1/h" } # no step leaves the bounds
      limit = { guess = 3, scale = "log", true = 4.2, unit = "10^6/ml" } # positive: its logarithm is trained
      start = { guess = 0.05, scale = "log", true = 0.12, unit = "10^6/ml" }

      [[equation]]
      name = "growth"
      expr = "P_t = r*P*(1 - P/limit)"

      [[data]]                         # replace `inline` by: file = "mine.csv"
      name = "counts"
      inline = \"\"\"
      t,P
      0,0.120
      1,0.290
      2,0.623
      3,1.304
      4,2.166
      5,3.033
      6,3.779
      7,3.966
      8,4.093
      9,4.218
      10,4.277
      \"\"\"

      [sampling]
      interior = 100

      [network]
      hidden = [16, 16]

      [require]
      rel_error_r = 0.1
      rel_error_limit = 0.1

      """)

  static let dataAssimilation = ExperimentTemplate(
    name: "data-assimilation", summary: "noisy measurements that stand in for an unknown start, some held out",
    text: """
      # Temperatures between a few noisy sensors: the equation fills the gaps, nobody knows the start.
      title = "Temperatures between sensors"

      [variables]
      x = [0, 1]
      t = [0, 2]

      [fields]
      u = {}

      [[equation]]
      name = "heat"
      expr = "u_t = 0.05*u_xx"

      [[condition]]
      name = "ends"
      at = ["x = 0", "x = 1"]
      expr = "u = 0"
      enforce = "hard"

      [[data]]                         # replace `inline` by: file = "mine.csv"
      name = "sensors"
      holdout = 0.2                    # a fifth of the rows is not fitted: heldout_rmse should be near the noise
      sigma = 0.02                     # noise of the sensors: residuals count in units of it
      where = "t > 0.1"                # rows for which this holds; the first readings are not trusted
      inline = \"\"\"
      x,t,u
      0.15,0.0,0.858
      0.35,0.0,1.307
      0.5,0.0,0.981
      0.65,0.0,0.479
      0.85,0.0,0.041
      0.15,0.25,0.622
      0.35,0.25,1.004
      0.5,0.25,0.851
      0.65,0.25,0.536
      0.85,0.25,0.151
      0.15,0.5,0.499
      0.35,0.5,0.848
      0.5,0.5,0.755
      0.65,0.5,0.544
      0.85,0.5,0.209
      0.15,0.75,0.421
      0.35,0.75,0.690
      0.5,0.75,0.683
      0.65,0.75,0.483
      0.85,0.75,0.211
      0.15,1.0,0.289
      0.35,1.0,0.572
      0.5,1.0,0.633
      0.65,1.0,0.444
      0.85,1.0,0.237
      0.15,1.25,0.286
      0.35,1.25,0.509
      0.5,1.25,0.549
      0.65,1.25,0.457
      0.85,1.25,0.232
      0.15,1.5,0.233
      0.35,1.5,0.434
      0.5,1.5,0.465
      0.65,1.5,0.384
      0.85,1.5,0.195
      0.15,1.75,0.188
      0.35,1.75,0.410
      0.5,1.75,0.384
      0.65,1.75,0.341
      0.85,1.75,0.160
      0.15,2.0,0.135
      0.35,2.0,0.378
      0.5,2.0,0.325
      0.65,2.0,0.319
      0.85,2.0,0.151
      \"\"\"

      # The solution that the readings were made from. With readings of your own there is none.
      [[reference]]
      expr = "u = exp(-0.05*pi^2*t)*sin(pi*x) + 0.5*exp(-0.2*pi^2*t)*sin(2*pi*x)"

      [sampling]
      interior = 400

      [network]
      hidden = [20, 20]

      [require]
      heldout_rmse = 0.06              # about three times the noise

      """)

  static let inverseSource = ExperimentTemplate(
    name: "inverse-source", summary: "place and strength of a source from what it does",
    text: """
      # Where is the heater, and how strong? The source of an equation from what it does.
      # Estimate with: pinn infer FILE
      title = "A hidden heater"

      [variables]
      x = [0, 1]

      [fields]
      u = {}

      [unknowns]
      place = { guess = 0.5, min = 0, max = 1, true = 0.35 } # `true` is only reported, as rel_error_place
      power = { guess = 5, min = 0, true = 20 }

      [define]
      source = "power*exp(-((x - place)/0.1)^2)"

      [[equation]]
      name = "heat"
      expr = "u_xx + source = 0"

      [[condition]]
      name = "ends"
      at = "boundary"
      expr = "u = 0"
      enforce = "hard"

      [[data]]                         # replace `inline` by: file = "mine.csv"
      name = "temperatures"
      inline = \"\"\"
      x,u
      0.05,0.1235
      0.10,0.2205
      0.15,0.3508
      0.20,0.4557
      0.25,0.5664
      0.30,0.6525
      0.35,0.7097
      0.40,0.7034
      0.45,0.6731
      0.50,0.6206
      0.55,0.5674
      0.60,0.4842
      0.65,0.4419
      0.70,0.3770
      0.75,0.3078
      0.80,0.2497
      0.85,0.1838
      0.90,0.1323
      0.95,0.0631
      \"\"\"

      [loss]
      weights = { temperatures = 100 } # the residuals of the equation are much larger numbers than those of the data

      [sampling]
      interior = 100

      [network]
      hidden = [20, 20]

      [require]
      rel_error_place = 0.05
      rel_error_power = 0.1

      """)

  static let unknownFunction = ExperimentTemplate(
    name: "unknown-function", summary: "a function in place of a number is unknown",
    text: """
      # Conductivity along a wall: not a number but a function is unknown, so it is a field.
      title = "Conductivity of a wall"

      [variables]
      x = [0, 1]

      [fields]
      u = {}
      k = "0.2 + softplus(N)"          # has no data of its own; bounded from below, so that u_x stays finite

      [[equation]]
      name = "flux"
      expr = "k*u_x = 1"               # one watt goes through

      [[equation]]
      name = "smooth"                  # among all k that fit the smoothest: without this k follows the noise
      expr = "k_xx = 0"

      [[data]]                         # replace `inline` by: file = "mine.csv"
      name = "temperatures"
      inline = \"\"\"
      x,u
      0.00,-0.0002
      0.05,0.0456
      0.10,0.0850
      0.15,0.1202
      0.20,0.1522
      0.25,0.1865
      0.30,0.2140
      0.35,0.2450
      0.40,0.2836
      0.45,0.3230
      0.50,0.3693
      0.55,0.4241
      0.60,0.4931
      0.65,0.5805
      0.70,0.6884
      0.75,0.8090
      0.80,0.9312
      0.85,1.0407
      0.90,1.1263
      0.95,1.1937
      1.00,1.2523
      \"\"\"

      [[reference]]                    # the function that the data were made from
      expr = "k = 1 + 0.6*sin(2*pi*x)"

      [loss]
      weights = { smooth = 1e-7, temperatures = 1000 }

      [sampling]
      interior = 100

      [network]
      hidden = [20, 20]

      [[optimizer]]
      method = "adam"
      iterations = 500
      learning_rate = 5e-3

      [[optimizer]]
      method = "l-bfgs"
      iterations = 2000

      [require]
      rel_l2_k = 0.1

      """)
}
