import Diagnostics
import Experiments
import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct SymmetryTests {
  /// Two fields in three variables.
  private func problem(_ symmetry: String) throws(InputFailure) -> AssembledProblem {
    try assembled(
      """
      variables = { x = [-1, 2], y = [0, 3], t = [0, 1] }
      fields = { u = {}, v = {} }
      equation = [{ name = "one", expr = "u_t = v_xx" }, { name = "two", expr = "v_t = u_yy" }]
      network = { hidden = [9, 9], symmetry = \(symmetry) }
      """)
  }

  private func fields(_ problem: AssembledProblem, at points: [[Double]], seed: UInt64) -> [[Double]] {
    FieldEvaluator(
      solution: problem.solution, parameters: problem.perturbedParameters(seed: seed),
      pool: WorkerPool(threadCount: 1)
    ).fields(at: points[0].indices.map { variable in points.map { $0[variable] } })
  }

  private typealias Map = (_ x: Double, _ y: Double) -> (x: Double, y: Double)

  /// Whether values at images of points are the values, times `sign`; and whether those at other images are not.
  private func check(_ symmetry: String, sign: Double = 1, _ maps: [Map], breaks others: [Map]) throws {
    let problem = try problem(symmetry)
    var random = SeededNumbers(seed: 91)
    let points = (0..<20).map { _ in [random.uniform(-1...2), random.uniform(0...3), random.uniform(0...1)] }
    let values = fields(problem, at: points, seed: 3)
    func images(_ map: Map) -> [[Double]] {
      fields(
        problem,
        at: points.map { point in
          let image = map(point[0], point[1])
          return [image.x, image.y, point[2]]
        }, seed: 3)
    }
    for map in maps {
      for (found, expected) in zip(images(map).joined(), values.joined()) {
        // Coordinates of images are rounded.
        #expect(abs(found - sign * expected) < 1e-12 * max(1, abs(expected)))
      }
    }
    for map in others {
      for (found, expected) in zip(images(map).joined(), values.joined()) {
        #expect(abs(found - sign * expected) > 1e-7)
      }
    }
    // Not a constant, and not the same for both fields.
    #expect(Set(values[0]).count == points.count)
    #expect(values[0] != values[1])
  }

  /// About the point (1/2, 1).
  private func turned(by angle: Double) -> Map {
    { x, y in
      let (a, b) = (x - 0.5, y - 1)
      return (0.5 + cos(angle) * a - sin(angle) * b, 1 + sin(angle) * a + cos(angle) * b)
    }
  }

  private let mirrorX: Map = { x, y in (1 - x, y) }
  private let mirrorY: Map = { x, y in (x, 2 - y) }
  private let swapped: Map = { x, y in (y, x) }

  @Test func `even in one variable`() throws {
    try check("{ even = { x = 0.5 } }", [mirrorX], breaks: [mirrorY, swapped])
  }

  @Test func `odd in one variable, and zero on the mirror`() throws {
    try check("{ odd = { x = 0.5 } }", sign: -1, [mirrorX], breaks: [mirrorY, swapped])
    let problem = try problem("{ odd = { x = 0.5 } }")
    #expect(fields(problem, at: [[0.5, 1, 0.3], [0.5, 2, 0.7]], seed: 4).joined().allSatisfy { $0 == 0 })
  }

  @Test func `even in one and odd in another`() throws {
    let symmetry = "{ even = { x = 0.5 }, odd = { y = 1 } }"
    try check(symmetry, [mirrorX], breaks: [mirrorY])
    try check(symmetry, sign: -1, [mirrorY], breaks: [mirrorX])
  }

  @Test func `any rotation`() throws {
    try check(
      "{ rotation = { about = { x = 0.5, y = 1 } } }",
      [0.1, 1, .pi / 2, .pi, 4].map { turned(by: $0) } + [mirrorX, mirrorY], breaks: [swapped])
  }

  @Test(arguments: [2, 3, 4, 7])
  func `rotations by a part of the circle`(order: Int) throws {
    let angle = 2 * Double.pi / Double(order)
    let axis = turned(by: angle)
    // The reflection at the first axis, y - 1 to 1 - y, and its product with a turn.
    let mirrored: Map = { x, y in
      let image = axis(x, y)
      return (image.x, 2 - image.y)
    }
    let turns = (1..<order).map { turned(by: Double($0) * angle) }
    let others = [turned(by: angle / 2), turned(by: 0.3)]
    try check(
      "{ rotation = { about = { x = 0.5, y = 1 }, order = \(order) } }", turns, breaks: others + [mirrorY, mirrored])
    try check(
      "{ rotation = { about = { x = 0.5, y = 1 }, order = \(order), mirror = true } }", turns + [mirrorY, mirrored],
      breaks: others)
  }

  @Test func `exchanges of two and of three variables`() throws {
    try check("{ exchange = [\"x\", \"y\"] }", [swapped], breaks: [mirrorX, mirrorY])
    let problem = try problem("{ exchange = [\"x\", \"y\", \"t\"] }")
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    let point = [0.3, 0.9, 0.6]
    for values in fields(problem, at: orders.map { order in order.map { point[$0] } }, seed: 5) {
      for value in values { #expect(abs(value - values[0]) < 1e-13) }
    }
  }
}
