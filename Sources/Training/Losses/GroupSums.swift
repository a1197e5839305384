import Kernels
import Problems

/// The outputs of a point set at every point, and their sums over groups of consecutive points: the residuals of the set.
///
///     R_g = Σ over the points i of group g of r_i        L = w/N Σ R_g²        ∂L/∂r_i = 2 w/N R_g
///
/// The adjoint of one point depends on all points of its group. So they go forward twice: once for the sums, once more
/// for the reverse sweep. What is kept meanwhile is a number a point, as long as the columns of the set.
///
/// A sum is taken in the order of the points, whatever thread made them.
final class GroupSums: Sendable {
  /// Points of a group.
  let size: Int
  /// How many groups there are.
  let count: Int
  let outputCount: Int
  /// `[output][point]`
  private let outputs: UnsafeNumberBuffer
  /// `[output][group]`
  private let sums: UnsafeNumberBuffer

  init(_ set: PointSet) {
    size = set.groupSize
    count = set.residualCount
    outputCount = set.terms.count
    outputs = UnsafeNumberBuffer(count: outputCount * count * size)
    sums = UnsafeNumberBuffer(count: outputCount * count)
  }

  var memoryNumbers: Int { outputs.count + sums.count }

  /// The same of the one that would be made.
  static func memoryNumbers(_ set: PointSet) -> Int {
    set.terms.count * set.residualCount * (set.groupSize + 1)
  }

  /// Keeps an output at some points. Hot path.
  func keep(_ values: UnsafePointer<Double>, _ output: Int, _ points: Range<Int>) {
    // SAFETY: a chunk lies within the points of its set.
    (outputs.base + output * count * size + points.lowerBound).update(from: values, count: points.count)
  }

  /// Sums what was kept. Hot path.
  func add() {
    var place = 0
    for group in 0..<outputCount * count {
      var sum = 0.0
      for _ in 0..<size {
        sum += outputs.base[place]
        place += 1
      }
      sums.base[group] = sum
    }
  }

  /// The residual of a group.
  func sum(_ output: Int, _ group: Int) -> Double { sums.base[output * count + group] }
}
