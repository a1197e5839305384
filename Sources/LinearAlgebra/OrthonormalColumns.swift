/// A = QR of a tall matrix by columns: each loses its parts along those before it twice, and then has length 1.
///
/// Once would leave an angle that grows with the condition of A; after the second time Q is orthonormal to rounding. A
/// column that depends on those before it, to rounding, becomes a column of zeros.
///
/// - Complexity: 4 n k² operations for k columns of n numbers.
/// - Source: Gram–Schmidt with reorthogonalization: Björck (1967), BIT 7, 1; Giraud, Langou & Rozložník (2005), Comput.
///   Math. Appl. 50, 1069.
package struct OrthonormalColumns: Sendable {
  /// Q, `[column][row]`.
  package private(set) var columns: [[Double]]
  /// R, `[column][row]`, each down to its diagonal.
  package private(set) var triangle: [[Double]]

  /// - Parameter columns: those of A, `[column][row]`, all of one length.
  package init(_ columns: [[Double]]) {
    (self.columns, triangle) = ([], [])
    for column in columns { append(column) }
  }

  /// Adds a column to A.
  package mutating func append(_ column: [Double]) {
    var column = column
    let length = norm(column)
    var parts = columns.map { _ in 0.0 }
    for _ in 0..<2 {
      for before in columns.indices {
        let part = dot(columns[before], column)
        parts[before] += part
        accumulate(&column, -part, columns[before])
      }
    }
    let rest = norm(column)
    let isIndependent = rest > 0x1p-48 * length && rest.isFinite
    for row in column.indices { column[row] = isIndependent ? column[row] / rest : 0 }
    columns.append(column)
    triangle.append(parts + [isIndependent ? rest : 0])
  }
}
