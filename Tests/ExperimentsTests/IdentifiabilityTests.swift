import Configurations
import Diagnostics
import Experiments
import Foundation
import Kernels
import TestSupport
import Testing
import Training

/// The perfusion of a voxel, at its true values, beside the exact solution that is given piece by piece.
struct IdentifiabilityTests {
  private static func perfusion(_ samples: Int, estimating names: [String]) throws -> AssembledProblem {
    let folder = ShippedConfigs.folder.path + "/tissue"
    let text = try #require(fileText(folder + "/perfusion.toml"))
      .replacingOccurrences(of: "perfusion_100.csv", with: "perfusion_\(samples).csv")
    let (held, _) = try experiment(text, baseDirectory: folder).estimating(only: names, baseDirectory: folder)
    return try AssembledProblem(held)
  }

  private static func found(
    _ problem: AssembledProblem, at place: Identifiability.Place = .truth, noise: Double? = nil
  ) throws -> Identifiability {
    let outcome = try Identifiability.at(place, of: problem, noise: noise, pool: WorkerPool(threadCount: 1))
    guard case .found(let found) = outcome else { throw InputFailure(.data, "\(outcome)") }
    return found
  }

  /// Relative errors in per cent by the exact sensitivities, for noise 0.1.
  @Test(arguments: [
    (12, ["CBF"], [24.7]), (12, ["CBF", "AT"], [26, 19]), (12, ["CBF", "AT", "T1b"], [99, 21, 88]),
    (100, ["CBF", "AT", "T1b"], [35, 8, 32]),
  ]) func `perfusion has the errors of its exact solution`(samples: Int, names: [String], expected: [Double]) throws {
    let found = try Self.found(try Self.perfusion(samples, estimating: names), noise: 0.1)
    for (error, percent) in zip(found.estimates.information.standardErrors, expected) {
      // The network follows a rounded corner where the exact solution has a sharp one.
      #expect(abs(100 * error / percent - 1) < 0.1, "\(100 * error) for \(percent)")
    }
    if names.count == 3 {
      #expect(abs(found.estimates.information.correlation(0, 2) + 0.96) < 0.01)
      #expect(found.notes.contains { $0.hasPrefix("CBF and T1b move against each other: correlation -0.96") })
    }
  }

  private static let line = """
    variables = { t = [0, 1] }
    fields = { u = {} }
    unknowns = { k = { guess = 2, min = 0, true = 3 } }
    equation = [{ expr = "u_t = k" }]
    condition = [{ at = "t = 0", expr = "u = 0" }]
    sampling = { interior = 20 }
    network = { hidden = [6] }
    output = { grid = { t = 11 } }
    data = [{ name = "samples", inline = "t,u\\n0.5,1\\n0.25,0.4\\n0.75,1.6" }]
    """

  /// u = kt has the sensitivity t: the error is σ/√Σt², and the best place for more is the end.
  @Test func `noise, place and design are those of a straight line`() throws {
    let problem = try assembled(Self.line)
    let squares = 0.25 + 0.0625 + 0.5625
    let found = try Self.found(problem, at: .guess, noise: 0.1)
    #expect(abs(found.estimates.lines[0].value - 2) < 1e-12)
    #expect(abs(found.estimates.lines[0].standardError / (0.1 / squares.squareRoot()) - 1) < 0.01)
    #expect(found.notes.isEmpty)
    let points = found.design(count: 2, pool: WorkerPool(threadCount: 1))
    #expect(points.map(\.coordinates) == [[1], [1]])
    for (number, point) in points.enumerated() {
      let expected = 0.1 / (squares + Double(number + 1)).squareRoot() / 2
      #expect(abs(point.errors[0] / expected - 1) < 0.01)
    }
    // A twentieth of the values where nothing is said.
    let assumed = try Self.found(problem).estimates
    #expect(abs(assumed.lines[0].value - 3) < 1e-12)
    let meanSquare: Double = (1 + 0.16 + 2.56) / 3
    #expect(abs(assumed.noise[0].sigma - 0.05 * meanSquare.squareRoot()) < 1e-12)
    // A fit has a misfit: the line through zero by least squares has the slope Σtu/Σt².
    let fit = try Self.found(problem, at: .fit).estimates
    let slope: Double = 1.8 / squares
    let rests: [Double] = [1 - 0.5 * slope, 0.4 - 0.25 * slope, 1.6 - 0.75 * slope]
    let misfit: Double = rests.reduce(0) { $0 + $1 * $1 }
    #expect(fit.noise[0].isEstimated && abs(fit.noise[0].sigma / (misfit / 2).squareRoot() - 1) < 0.02)
  }

  @Test func `true values that are missing or out of bounds are told`() throws {
    for (old, new, message) in [
      (", true = 3", "", "unknown 'k' has no true value"),
      ("true = 3", "true = -3", "the true value of 'k' does not lie between its bounds"),
    ] {
      let problem = try assembled(Self.line.replacingOccurrences(of: old, with: new))
      let failure = #expect(throws: InputFailure.self) { _ = try Self.found(problem) }
      #expect(failure?.kind == .usage && failure?.diagnostics.first?.message == message)
    }
  }
}
