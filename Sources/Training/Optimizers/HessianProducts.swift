import LinearAlgebra

/// Products of the Hessian of a function with vectors, by central differences of its gradient g:
///
///     Hv ≈ (g(x + hv) − g(x − hv))/2h,   h = ε^⅓ (1 + ‖x‖)/‖v‖
///
/// Truncation, h²/6 times a fourth derivative of the function, and rounding, ε‖g‖/h, are then about equal. Near a minimum
/// the error is some 1e-10 of the largest eigenvalue; curvatures below that are not seen.
package struct HessianProducts {
  private var point: [Double]
  private var ahead: [Double]
  private var behind: [Double]

  /// ε^⅓
  private static let relativeStep = 6.1e-6

  package init(count: Int) {
    point = [Double](repeating: 0, count: count)
    ahead = point
    behind = point
  }

  /// Hv at x: two gradients.
  package mutating func multiply(
    _ v: [Double], at x: [Double], _ function: some DifferentiableFunction, into result: inout [Double]
  ) {
    let length = norm(v)
    guard length > 0 else {
      for place in result.indices { result[place] = 0 }
      return
    }
    let step = HessianProducts.relativeStep * (1 + norm(x)) / length
    for place in x.indices { point[place] = x[place] + step * v[place] }
    _ = function.value(point, gradient: &ahead)
    for place in x.indices { point[place] = x[place] - step * v[place] }
    _ = function.value(point, gradient: &behind)
    for place in x.indices { result[place] = (ahead[place] - behind[place]) / (2 * step) }
  }
}
