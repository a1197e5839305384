import Configurations
import Diagnostics
import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files as a user would write them at first go, with small data: economy of the language is a promise.
@Suite struct ExamplesTests {
  private let folder = TemporaryFolder()

  /// The problem of a text, with files beside it.
  private func problem(_ text: String, _ files: [String: String] = [:]) throws -> AssembledProblem {
    for (name, content) in files { folder.write(content, to: name) }
    return try assembled(text, baseDirectory: folder.path)
  }

  /// Every term has residuals, and a finite value at the start.
  private func expectTerms(_ problem: AssembledProblem, _ names: [String]) {
    #expect(problem.setup.loss.terms.map(\.name) == names)
    #expect(problem.setup.loss.residualCounts.allSatisfy { $0 > 0 })
    let start = problem.setup.layout.initialParameters(networks: problem.setup.networks, seed: 0)
    #expect(problem.objective().termValues(start).allSatisfy { $0.isFinite && $0 != 0 })
  }

  @Test func `the smallest useful file`() throws {
    let problem = try problem(examplePairs[0].toml)
    expectTerms(problem, ["equation", "condition"])
  }

  @Test func `perfusion in voxels, with shared and own unknowns`() throws {
    let problem = try problem(
      """
      title = "Arterial spin labelling, one T1b for all voxels"
      [groups]
      voxel = 2
      [variables]
      t = { range = [0, 3.6], unit = "s" }
      [fields]
      S = { per = "voxel" }
      [constants]
      tau = { value = 0.6, unit = "s" }
      width = { value = 0.03, unit = "s" }
      [unknowns]
      CBF = { guess = 0.5, min = 0, max = 2.5, per = "voxel", unit = "1/s" }
      AT  = { guess = 0.5, min = 0.05, max = 2, unit = "s", per = "voxel" }
      T1b = { guess = 1.5, scale = "log", unit = "s" }
      [define]
      arrived = "smoothstep(t - AT, width)"
      passed  = "smoothstep(t - AT - tau, width)"
      [[equation]]
      name = "kinetics"
      expr = "S_t = CBF*exp(-t/T1b)*(arrived*(1-passed)*(1 - (t-AT)/T1b) - passed*tau/T1b)"
      [[condition]]
      at = "t = 0"
      expr = "S = 0"
      enforce = "hard"
      [[data]]
      file = "voxels.csv"
      sigma = 0.02
      """, ["voxels.csv": "voxel,t,S\n1,1,0.1\n1,2,0.2\n2,1,0.05\n2,2,0.1\n"])
    expectTerms(problem, ["kinetics", "data"])
    #expect(problem.experiment.unknowns.map(\.name) == ["CBF[1]", "CBF[2]", "AT[1]", "AT[2]", "T1b"])
  }

  @Test func `heart tissue with an unknown map of diffusion`() throws {
    func frames(_ times: ClosedRange<Int>) -> String {
      var text = times.count > 1 ? "x,y,t,V,W\n" : "x,y,V,W\n"
      for t in times {
        for place in 0..<25 {
          let (x, y) = (0.5 + 2 * Double(place % 5), 0.5 + 2 * Double(place / 5))
          let wave = x + y < 2 * Double(t) ? 0.9 : 0
          text += "\(x),\(y),\(times.count > 1 ? "\(t)," : "")\(wave),\(wave / 10)\n"
        }
      }
      return text
    }
    let problem = try problem(
      examplePairs[2].toml, ["frame1.csv": frames(1...1), "ap2d_heter.csv": frames(1...4)])
    expectTerms(problem, ["equation1", "equation2", "D_tv", "condition1", "condition2", "data"])
    #expect(problem.model.fieldNames == ["V", "W", "D"])
    // Both columns of the first frame; of the other file one column of a fifth of the rows, a fifth of these held out.
    #expect(problem.setup.loss.residualCounts[4...] == [50, 16])
    #expect(problem.setup.start.cap == 4)
  }

  @Test func `impedance tomography by groups that share a conductivity`() throws {
    var rim = "pattern,x,y,g,u,u_noise\n"
    for pattern in 1...8 {
      for place in 0..<16 {
        let angle = Double.pi / 8 * Double(place)
        let current = cos(Double(pattern) * angle)
        rim += "\(pattern),\(cos(angle)),\(sin(angle)),\(current),\(current),\(current + 0.01)\n"
      }
    }
    let problem = try problem(
      """
      [region]
      shape = "disk(center = [0, 0], radius = 1)"
      [variables]
      x = {}
      y = {}
      [groups]
      pattern = 8
      [fields]
      u = { per = "pattern" }
      [unknowns]
      sigma = { field = ["x", "y"], min = 0.2, max = 5, boundary = 1, smooth = { tv = 1e-4 } }
      [[equation]]
      expr = "d(sigma*u_x, x) + d(sigma*u_y, y) = 0"
      [[condition]]
      name = "current"
      at = "boundary"
      file = "eit_disk_boundary.csv"           # pattern,x,y,g,u
      expr = "sigma*d(u, n) = g"               # g is a column of the file
      [[condition]]
      name = "voltage"
      at = "boundary"
      file = "eit_disk_boundary.csv"
      expr = "u = u_noise"
      [[condition]]
      expr = "integral(u, boundary) = 0"
      """, ["eit_disk_boundary.csv": rim])
    expectTerms(problem, ["equation1", "sigma_tv", "current", "voltage", "condition3", "sigma_boundary"])
    // A current and a voltage at 16 places of each pattern, and a gauge for each.
    #expect(problem.setup.loss.residualCounts[2...4] == [128, 128, 8])
    #expect(problem.model.fieldNames == (1...8).map { "u[\($0)]" } + ["sigma"])
  }

  @Test func `a stream function with two unknown coefficients`() throws {
    let problem = try problem(
      """
      [variables]
      x = [1, 8]
      y = [-2, 2]
      t = [0, 7]
      [networks]
      flow = { inputs = ["x", "y", "t"], outputs = ["psi", "p"], hidden = [40, 40, 40] }
      [fields]
      u = "psi_y"
      v = "-psi_x"
      p = {}
      [unknowns]
      l1 = { guess = 0 }
      l2 = { guess = 0.1, scale = "log" }
      [[equation]]
      expr = "u_t + l1*(u*u_x + v*u_y) = -p_x + l2*laplacian(u, x, y)"
      [[equation]]
      expr = "v_t + l1*(u*v_x + v*v_y) = -p_y + l2*laplacian(v, x, y)"
      [[data]]
      file = "cylinder_wake.csv"
      fraction = 0.5
      """, ["cylinder_wake.csv": "x,y,t,u,v\n2,0,1,0.9,0.1\n3,1,2,1.1,0\n4,-1,3,1,-0.1\n5,0.5,4,0.8,0.2\n"])
    expectTerms(problem, ["equation1", "equation2", "data"])
    #expect(problem.setup.loss.residualCounts[2] == 4)
  }

  @Test func `segmentation by a phase field, with an energy and an overlap`() throws {
    var picture = "x,y,intensity,label\n"
    for place in 0..<64 {
      let (x, y) = (Double(place % 8) / 4 - 0.875, Double(place / 8) / 4 - 0.875)
      picture += "\(x),\(y),\(0.1 + (x < 0 ? 0.5 : 0)),\(x < 0 ? 1 : 0)\n"
    }
    let problem = try problem(
      """
      [variables]
      x = [-1, 1]
      y = [-1, 1]
      [constants]
      eps = 0.03
      kappa = 0.3
      [fields]
      phi = "sigmoid(N)"
      [unknowns]
      c0 = { guess = 0.1 }
      c1 = { guess = 0.6 }
      [[coefficients]]
      file = "nuclei.csv"
      as = { I = "intensity" }
      [[equation]]
      name = "reaction-diffusion"
      expr = "eps^2*laplacian(phi, x, y) - phi*(1-phi)*(1-2*phi)/2 - kappa*((I-c1)^2 - (I-c0)^2) = 0"
      [[energy]]
      name = "fidelity"
      expr = "phi*(I-c1)^2 + (1-phi)*(I-c0)^2"
      [[energy]]
      name = "interface"
      expr = "eps/2*(phi_x^2 + phi_y^2) + phi^2*(1-phi)^2/(4*eps)"
      weight = 0.002
      [[metric]]
      name = "dice"
      expr = "2*sum(step(phi-0.5)*label)/(sum(step(phi-0.5)) + sum(label))"
      """, ["nuclei.csv": picture])
    expectTerms(problem, ["reaction-diffusion", "fidelity", "interface"])
    #expect(problem.metrics.map(\.name) == ["dice"])
    #expect(problem.metrics[0].points.hasPrefix("64 rows of"))
  }

  @Test func `a learned Hamiltonian and where it leads`() throws {
    let problem = try problem(
      """
      [variables]
      q = [-3, 3]
      p = [-3, 3]
      [networks]
      H = { inputs = ["q", "p"], outputs = ["H"], hidden = [64, 64] }
      [[data]]
      file = "hnn_pendulum.csv"
      expr = ["d(H, p) = dqdt", "d(H, q) = -dpdt"]
      [rollout]
      state = ["q", "p"]
      rate  = ["d(H, p)", "-d(H, q)"]
      from  = "hnn_pendulum.csv"
      """,
      ["hnn_pendulum.csv": "trajectory,t,q,p,dqdt,dpdt\n0,0,1,0,0,-2.5\n0,0.1,0.98,-0.25,-0.5,-2.5\n1,0,2,0.5,1,-2.7\n"]
    )
    expectTerms(problem, ["data"])
    #expect(problem.rollout?.summary == "2 trajectories, 3 states")
  }

  @Test func `a map of space alone is compared with a file that has no time, and each equation tells what it uses`()
    throws
  {
    folder.write("x,D\n0,0.1\n1,0.3\n", to: "map.csv")
    let experiment = try experiment(
      """
      variables = { x = [0, 1], t = [0, 2] }
      networks = { map = { inputs = "x", outputs = "D" } }
      fields = { D = {}, u = {}, v = {} }
      equation = [{ name = "one", expr = "u_t = d(D*u_x, x)" }, { name = "two", expr = "v = u" }]
      reference = { file = "map.csv" }
      """, baseDirectory: folder.path)
    let inspection = try Inspection(experiment, pool: WorkerPool(threadCount: 1, instructionSet: .best))
    #expect(inspection.terms[1].derivatives == "N1, N2")
    #expect(inspection.terms[0].derivatives.contains("N1_xx") && !inspection.terms[0].derivatives.contains("N2"))
    let problem = try AssembledProblem(experiment)
    #expect(problem.references[0].coordinates == [[0, 1], [0, 0]])
    folder.write("x,D,u\n0,0.1,1\n1,0.3,2\n", to: "map.csv")
    #expect(throws: InputFailure.self) { try AssembledProblem(experiment) }
  }
}
