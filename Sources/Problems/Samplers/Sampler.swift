package import Kernels

/// A way of spreading points over the unit cube.
///
/// A member of the family is one file, `<Name>Sampler.swift`, and one line in `samplerCatalogue`. Its points are a
/// function of the sampler, the count, the dimensions and the stream: the same stream gives the same points, and a
/// redraw takes the stream with the next index.
package protocol Sampler: Sendable {
  /// What the user calls it.
  static var name: String { get }
  /// One line for lists: what it is and when to take it.
  static var summary: String { get }

  /// The sampler with the default of each of its keys.
  init()

  /// Whether another stream gives other points; where not, drawing again is in vain.
  var dependsOnStream: Bool { get }

  /// Whether points are others for another count; where not, those of a smaller count are the first of a larger one.
  var dependsOnCount: Bool { get }

  /// Why it has no points in so many dimensions, as a phrase for a message, or nil where it has.
  func obstacle(dimensions: Int) -> String?

  /// How many points `fill` writes when about `count` are wanted.
  func attainableCount(near count: Int, dimensions: Int) -> Int

  /// Writes points, each coordinate in [0, 1], 1 itself only where a key asks for it.
  ///
  /// - Shapes: writes `points` as [`count`, `dimensions`], row-major.
  /// - Precondition: `obstacle` is nil, `count` is attainable, and `points` holds `count * dimensions` values.
  func fill(_ points: inout MutableSpan<Double>, count: Int, dimensions: Int, stream: RandomStream)
}

extension Sampler {
  package var dependsOnStream: Bool { true }

  package var dependsOnCount: Bool { true }

  package func obstacle(dimensions: Int) -> String? { nil }

  /// As many as were asked for; in no dimensions there is but one point.
  package func attainableCount(near count: Int, dimensions: Int) -> Int { dimensions == 0 ? min(count, 1) : count }

  /// What every `fill` begins with.
  func checkRequest(_ points: borrowing MutableSpan<Double>, count: Int, dimensions: Int) {
    precondition(
      points.count == count * dimensions,
      "\(count) points in \(dimensions) dimensions do not fill \(points.count) values")
    if let obstacle = obstacle(dimensions: dimensions) { preconditionFailure(obstacle) }
  }
}
