extension ExperimentTemplate {
  static let discovery = ExperimentTemplate(
    name: "discovery", summary: "an equation found among candidate terms",
    text: """
      # Which equation do these samples obey? Find it with: pinn discover FILE
      title = "A pendulum with friction, found in samples"

      [variables]
      t = [0, 4]

      [fields]
      q = {}                           # angle
      p = {}                           # its rate

      [[library]]
      equation = "p_t"                 # what is to be explained
      terms = ["1", "q", "q^3", "sin(q)", "p", "p^2", "q*p"]
      share = 0.05                     # smaller terms are dropped

      [[library]]
      equation = "q_t"
      terms = { degree = 2 }           # 1, q, p, q^2, q*p, p^2

      [discovery]
      rounds = 1                       # trainings with the equations found, their coefficients as unknowns

      [network]
      hidden = [16, 16]

      [[data]]
      inline = \"""
      t,q,p
      0.0,2.000000,0.000000
      0.1,1.990991,-0.179406
      0.2,1.964248,-0.354938
      0.3,1.920088,-0.527936
      0.4,1.858713,-0.699339
      0.5,1.780259,-0.869530
      0.6,1.684858,-1.038178
      0.7,1.572714,-1.204078
      0.8,1.444206,-1.365016
      0.9,1.299985,-1.517695
      1.0,1.141086,-1.657764
      1.1,0.969026,-1.780017
      1.2,0.785866,-1.878781
      1.3,0.594238,-1.948503
      1.4,0.397293,-1.984460
      1.5,0.198581,-1.983458
      1.6,0.001873,-1.944360
      1.7,-0.189057,-1.868292
      1.8,-0.370658,-1.758468
      1.9,-0.539784,-1.619695
      2.0,-0.693823,-1.457692
      2.1,-0.830747,-1.278392
      2.2,-0.949111,-1.087367
      2.3,-1.047992,-0.889456
      2.4,-1.126904,-0.688584
      2.5,-1.185711,-0.487769
      2.6,-1.224535,-0.289239
      2.7,-1.243690,-0.094618
      2.8,-1.243630,0.094859
      2.9,-1.224925,0.278127
      3.0,-1.188248,0.454099
      3.1,-1.134391,0.621496
      3.2,-1.064287,0.778729
      3.3,-0.979049,0.923828
      3.4,-0.880004,1.054446
      3.5,-0.768730,1.167940
      3.6,-0.647079,1.261532
      3.7,-0.517177,1.332543
      3.8,-0.381401,1.378678
      3.9,-0.242326,1.398304
      4.0,-0.102649,1.390687
      \"""

      """)
}
