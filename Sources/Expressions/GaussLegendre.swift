#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The Gauss–Legendre rule of n nodes on [0, 1]: exact for polynomials of degree 2n − 1.
///
/// The nodes are (1 + zᵢ)/2 for the zeros zᵢ of the Legendre polynomial Pₙ, found by Newton's method from
/// cos(π (i − ¼)/(n + ½)); the weights are 1/((1 − zᵢ²) Pₙ′(zᵢ)²). Node i and node n + 1 − i are mirror images to the last
/// bit.
///
/// - Shapes: n nodes, ascending, and as many weights, which sum to 1.
/// - Source: Davis & Rabinowitz (1984), Methods of Numerical Integration, section 2.7.
package struct GaussLegendre: Sendable {
  package let nodes: [Double]
  package let weights: [Double]

  /// - Precondition: at least one node.
  package init(count n: Int) {
    precondition(n >= 1, "\(n) nodes")
    var (nodes, weights) = ([Double](repeating: 0.5, count: n), [Double](repeating: 1, count: n))
    for i in 0..<(n + 1) / 2 {
      var z = 2 * i + 1 == n ? 0 : cos(.pi * (Double(i) + 0.75) / (Double(n) + 0.5))
      var slope = GaussLegendre.legendre(n, z).slope
      // Quadratic convergence from a start that is good to 1/n²: a handful of steps reach the last bit.
      for _ in 0..<8 where 2 * i + 1 != n {
        let (value, derivative) = GaussLegendre.legendre(n, z)
        z -= value / derivative
        slope = GaussLegendre.legendre(n, z).slope
      }
      let weight = 1 / ((1 - z * z) * slope * slope)
      (nodes[i], nodes[n - 1 - i]) = ((1 - z) / 2, (1 + z) / 2)
      (weights[i], weights[n - 1 - i]) = (weight, weight)
    }
    self.nodes = nodes
    self.weights = weights
  }

  /// Pₙ(z) and Pₙ′(z) by the recurrence (k + 1) P_{k+1} = (2k + 1) z P_k − k P_{k−1}.
  private static func legendre(_ n: Int, _ z: Double) -> (value: Double, slope: Double) {
    var (value, before) = (z, 1.0)
    for k in 1..<max(n, 2) where k < n {
      (value, before) = ((Double(2 * k + 1) * z * value - Double(k) * before) / Double(k + 1), value)
    }
    return (value, Double(n) * (before - z * value) / (1 - z * z))
  }

  /// The most variables in which a product of rules is taken: its accuracy is that of the n-th root of its points.
  package static let mostVariables = 3

  /// The most nodes of one rule in a product; of more an axis is cut into panels, since finding n nodes takes O(n²).
  private static let mostNodes = 256

  /// A rule of about `count` nodes on [0, 1], in panels of equal length where there are many.
  private static func panels(near count: Int) -> (nodes: [Double], weights: [Double]) {
    let panels = (count + mostNodes - 1) / mostNodes
    let rule = GaussLegendre(count: count / panels)
    guard panels > 1 else { return (rule.nodes, rule.weights) }
    let length = 1 / Double(panels)
    return (
      (0..<panels).flatMap { panel in rule.nodes.map { length * (Double(panel) + $0) } },
      (0..<panels).flatMap { _ in rule.weights.map { length * $0 } }
    )
  }

  /// The product of rules of about `count` nodes in the unit cube.
  ///
  /// - Shapes: nodes [points, `dimensions`], row-major, one weight a point; in no dimensions one point of weight 1.
  package static func product(near count: Int, dimensions: Int) -> (nodes: [Double], weights: [Double]) {
    guard dimensions > 0 else { return ([], [1]) }
    var perAxis = 1
    func points(_ perAxis: Int) -> Int { (0..<dimensions).reduce(1) { product, _ in product * perAxis } }
    while points(perAxis + 1) <= count { perAxis += 1 }
    let rule = panels(near: perAxis)
    let length = rule.nodes.count
    var (nodes, weights): ([Double], [Double]) = ([], [])
    for number in 0..<points(length) {
      var (rest, weight) = (number, 1.0)
      for _ in 0..<dimensions {
        nodes.append(rule.nodes[rest % length])
        weight *= rule.weights[rest % length]
        rest /= length
      }
      weights.append(weight)
    }
    return (nodes, weights)
  }
}
