import Kernels
import LinearAlgebra

/// The preconditioner that a method keeps from step to step: a Nyström approximation of its matrix, with test vectors that
/// are the same all along.
struct NystromSketch {
  private(set) var approximation: NystromApproximation?
  /// Steps since it was made.
  private(set) var age = 0
  /// The columns of Ω: random directions, orthonormal; from the first time they are needed.
  private var tests = OrthonormalColumns([])
  private let count: Int
  /// How many test vectors the next one is made with.
  private(set) var rank: Int
  private let mostRank: Int

  private static let leastRank = 24

  /// - Parameters: `count` is the order of the matrix.
  init(count: Int, mostRank: Int) {
    self.count = count
    self.mostRank = max(1, min(mostRank, count))
    rank = min(NystromSketch.leastRank, self.mostRank)
  }

  /// Makes it anew.
  ///
  /// - Parameter multiply: leaves the products of so many vectors in its last argument, `[vector][number]`.
  mutating func renew(multiply: (_ vectors: [Double], _ count: Int, _ products: inout [Double]) -> Void) {
    let stream = RandomStream(seed: 0, purpose: "test vectors")
    while tests.columns.count < rank {
      let first = tests.columns.count * count
      tests.append((first..<first + count).map { stream.normal(at: UInt64($0)) })
    }
    let tests = tests.columns.prefix(rank)
    var products = [Double](repeating: 0, count: count * rank)
    multiply(tests.flatMap { $0 }, rank, &products)
    let columns = (0..<rank).map { Array(products[$0 * count..<($0 + 1) * count]) }
    approximation = NystromApproximation(tests: Array(tests), products: columns)
    age = 0
  }

  /// Tells that a step was made with this shift, to which the next rank is fitted: the least eigenvalue of the
  /// approximation should be a tenth of it, the shift that the next step tries first. Then a few products solve.
  ///
  /// 24 test vectors together cost what five products with one vector cost.
  mutating func didStep(shift: Double) {
    age += 1
    // The first step after it was made tells what the next ones need.
    guard age == 1, let eigenvalues = approximation?.eigenvalues, let least = eigenvalues.last else { return }
    if least > shift / 10 {
      rank = min(mostRank, rank + rank / 2)
    } else {
      let needed = eigenvalues.count { $0 > shift / 100 }
      if 2 * needed < rank { rank = max(min(NystromSketch.leastRank, mostRank), 3 * needed / 2) }
    }
  }

  /// P⁻¹v for the matrix with `shift` on its diagonal; v itself where there is no approximation.
  func solve(_ v: [Double], shift: Double, into result: inout [Double]) {
    guard let approximation else {
      for place in result.indices { result[place] = v[place] }
      return
    }
    approximation.solve(v, shift: shift, into: &result)
  }

  /// As `Optimizer.memory`.
  var memory: [String: [Double]] {
    guard let approximation else { return ["rank": [Double(rank)]] }
    return [
      "rank": [Double(rank)], "sketch": approximation.vectors.flatMap { $0 }, "eigenvalues": approximation.eigenvalues,
      "age": [Double(age)],
    ]
  }

  mutating func restore(_ memory: [String: [Double]]) {
    approximation = nil
    rank = memory["rank"]?.first.map { max(1, min(mostRank, Int($0))) } ?? rank
    age = memory["age"]?.first.map { Int($0) } ?? 0
    guard let numbers = memory["sketch"], let eigenvalues = memory["eigenvalues"],
      numbers.count == eigenvalues.count * count
    else { return }
    let vectors = eigenvalues.indices.map { Array(numbers[$0 * count..<($0 + 1) * count]) }
    approximation = NystromApproximation(eigenvalues: eigenvalues, vectors: vectors)
  }
}
