/// How the values y of a hidden layer's activation are combined, elementwise, with jets that were there before, and where
/// the cotangents of these stand.
///
///     sum:   h = p y + q x                gate:   h = u + y · d, a product of jets
///
/// x is `first`; u is `first` and d `second`. All jets, h in `result` too, are laid out as those of the layer itself.
///
/// In reverse, with the cotangent h̄ that readers of h left,
///
///     sum:   ȳ = p h̄,   x̄ += q h̄         gate:   ȳ += d h̄,   ū += h̄,   d̄ += y h̄ by Leibniz' rule for each part,
///
/// and the derivative by p of a sum with q = 1 − p is Σ h̄ (y − x).
package struct JetCombination {
  package enum Kind: Sendable {
    /// h is y.
    case none
    case sum
    case gate
  }

  package var kind: Kind
  /// p and q.
  package var own: Double
  package var other: Double
  package var first: UnsafePointer<Double>?
  package var second: UnsafePointer<Double>?
  package var result: UnsafeMutablePointer<Double>?
  /// What elementwise readers of h left of its cotangent, to be added to what the next affine map gives; nil where there
  /// are none. It may be where `firstBar` is, if that is to be written.
  package var resultBar: UnsafePointer<Double>?
  /// Where the cotangents of `first` and `second` go; nil where they are not wanted.
  package var firstBar: UnsafeMutablePointer<Double>?
  package var secondBar: UnsafeMutablePointer<Double>?
  /// Whether there are such cotangents already, to be added to, or the memory holds anything.
  package var addsFirst: Bool
  package var addsSecond: Bool
  /// One number a point, to which Σ h̄ (y − x) is added; nil where it is not wanted.
  package var ownBar: UnsafeMutablePointer<Double>?

  /// h is y, and only an affine map reads it.
  package static var none: JetCombination { JetCombination() }

  package init() {
    kind = .none
    (own, other) = (1, 0)
    (addsFirst, addsSecond) = (false, false)
  }
}
