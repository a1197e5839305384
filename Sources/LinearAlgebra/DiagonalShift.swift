/// What is added to the diagonal of a matrix before it is factored.
package enum DiagonalShift {
  case none
  /// The same number everywhere.
  case constant(Double)
  /// So much of the diagonal itself.
  case proportional(Double)
  /// So much of the numbers given, of which there are as many as the factorization has rows.
  case scaled(Double, UnsafePointer<Double>)

  /// Entry `row` of the diagonal with what is added to it.
  func shifted(_ entry: Double, _ row: Int) -> Double {
    switch self {
    case .none: entry
    case .constant(let shift): entry + shift
    case .proportional(let shift): entry + shift * entry
    // SAFETY: `row` is below the order of the factorization.
    case .scaled(let shift, let scales): entry + shift * scales[row]
    }
  }
}
