package import Kernels
import LinearAlgebra

/// BFGS and its self-scaled kin: the direction −Hg with the whole inverse Hessian H, of which the lower triangle is kept.
///
/// It remembers every step, where L-BFGS forgets all but the last ones, and gets further on badly conditioned valleys for
/// the price of n² numbers that are gone through three times a step. H starts as sᵀy/yᵀy times the identity of the first
/// step. A step along which the gradient does not grow leaves it alone. Where the line search finds nothing, H is
/// forgotten and steepest descent tried once before giving up.
///
/// - Complexity: 2 n² multiply-adds for two products with H and 3 n²/2 for its update a step; memory for n²/2 numbers.
/// - Source: Nocedal & Wright (2006), Algorithm 6.1 and (6.20); the updates: `BroydenUpdate`.
package struct QuasiNewton: Optimizer {
  private var path: DescentPath
  private let update: BroydenUpdate
  private let inverse: SymmetricMatrix
  /// Whether H is still the identity.
  private var isFresh = true
  private var s: [Double]
  private var y: [Double]
  private var u: [Double]
  /// αs + βu and βs + δu, by which H changes beside its scale.
  private var first: [Double]
  private var second: [Double]

  /// The most parameters: their matrix takes 400 MB.
  package static let mostParameters = 10_000

  /// - Precondition: `start` has at least one number.
  package init(start x: [Double], update: BroydenUpdate, pool: WorkerPool) {
    path = DescentPath(start: x)
    self.update = update
    inverse = SymmetricMatrix(order: x.count, pool: pool)
    inverse.setIdentity(times: 1)
    s = path.gradient
    y = s
    u = s
    first = s
    second = s
  }

  package var x: [Double] { path.x }
  package var value: Double { path.value }
  package var gradientNorm: Double { path.gradientNorm }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard path.isFinite(function) else { return .nonFinite }
    if isFresh {
      _ = path.turnToSteepestDescent()
    } else {
      inverse.multiply(path.gradient, to: &path.direction)
      for place in path.direction.indices { path.direction[place] = -path.direction[place] }
    }
    if !(path.slope < 0) { forget() }
    // A stationary point: nothing to gain along any direction.
    guard path.slope < 0 else { return .lineSearchFailed }
    if move(function) { return .moved(length: path.lastStep) }
    guard !isFresh else { return .lineSearchFailed }
    forget()
    return move(function) ? .moved(length: path.lastStep) : .lineSearchFailed
  }

  /// Makes H the identity, and turns to steepest descent.
  private mutating func forget() {
    inverse.setIdentity(times: 1)
    isFresh = true
    _ = path.turnToSteepestDescent()
  }

  /// Searches along the direction, learns from the step and takes it; false where there is none.
  private mutating func move(_ function: some DifferentiableFunction) -> Bool {
    let firstStep = isFresh ? path.steepestFirstStep : 1
    guard path.search(function, slope: path.slope, firstStep: firstStep) else { return false }
    learn()
    path.advance()
    return true
  }

  /// Updates H by the step from `path.x` to `path.trialPoint`, if the curvature along it is positive.
  private mutating func learn() {
    for place in s.indices {
      s[place] = path.trialPoint[place] - path.x[place]
      y[place] = path.trialGradient[place] - path.gradient[place]
    }
    let r = dot(s, y)
    // Relative to the lengths, so that the size of the loss does not matter.
    guard r > 1e-14 * norm(s) * norm(y) else { return }
    // sᵀH⁻¹s: s is the step times −Hg, unless H is new.
    var model = -path.trialStep * dot(s, path.gradient)
    if isFresh {
      let scale = r / dot(y, y)
      inverse.setIdentity(times: scale)
      model = dot(s, s) / scale
      isFresh = false
    }
    inverse.multiply(y, to: &u)
    let q = dot(y, u)
    guard q > 0, q.isFinite, model > 0 else { return }
    let (tau, phi) = update.factors(b: model / r, h: q / r, count: s.count)
    let alpha = phi * q / (tau * r * r) + 1 / r
    let beta = -phi / (tau * r)
    let delta = (phi - 1) / (tau * q)
    for place in s.indices {
      first[place] = alpha * s[place] + beta * u[place]
      second[place] = beta * s[place] + delta * u[place]
    }
    inverse.update(scale: 1 / tau, s, first, u, second)
  }

  /// The curvature of the same loss at other points is much the same: only the value is taken anew.
  package mutating func functionChanged(_ function: some DifferentiableFunction) { path.forgetValue() }

  package var memory: [String: [Double]] {
    path.memory.merging(isFresh ? [:] : ["inverse": inverse.packedNumbers], uniquingKeysWith: { $1 })
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    path.restore(memory)
    isFresh = true
    inverse.setIdentity(times: 1)
    guard let numbers = memory["inverse"], numbers.count == inverse.packedCount else { return }
    inverse.packedNumbers = numbers
    isFresh = false
  }
}

extension SymmetricMatrix {
  /// y ← Ax.
  fileprivate func multiply(_ x: [Double], to y: inout [Double]) {
    precondition(x.count == order && y.count == order, "\(x.count) and \(y.count) numbers for order \(order)")
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        // SAFETY: as many numbers as the matrix has rows.
        if let x = x.baseAddress, let y = y.baseAddress { multiply(x, to: y) }
      }
    }
  }

  /// A ← σA + abᵀ + cdᵀ.
  fileprivate func update(scale: Double, _ a: [Double], _ b: [Double], _ c: [Double], _ d: [Double]) {
    precondition(
      a.count == order && b.count == order && c.count == order && d.count == order,
      "vectors of another length than \(order)")
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeBufferPointer { c in
          d.withUnsafeBufferPointer { d in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress, let d = d.baseAddress else {
              return
            }
            // SAFETY: as many numbers as the matrix has rows.
            update(scale: scale, a, b, c, d)
          }
        }
      }
    }
  }
}
