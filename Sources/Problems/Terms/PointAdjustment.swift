package import Expressions

/// What training changes about the residuals of single points: √w (r + s) in the place of r, with w and s from columns.
///
/// The columns stand behind those that the points come with. They are numbers to the engine: the loss stays a sum of
/// squares, with residuals of their own.
package struct PointAdjustment: Sendable, Equatable {
  /// The column of √w, for all residuals of a point; nil for 1.
  package private(set) var rootColumn: Int?
  /// The column of s, by the number of the output; 0 for outputs that have none.
  package private(set) var shiftColumns: [Int: Int] = [:]

  /// - Parameters: `columnCount` is how many columns the points come with; `shifted` the numbers of outputs with a shift.
  package init(after columnCount: Int = 0, weighs: Bool = false, shifted: [Int] = []) {
    rootColumn = weighs ? columnCount : nil
    for (place, output) in shifted.enumerated() { shiftColumns[output] = columnCount + (weighs ? 1 : 0) + place }
  }

  /// The outputs with a shift, in ascending order.
  package var shiftedOutputs: [Int] { shiftColumns.keys.sorted() }

  package var columnCount: Int { shiftColumns.count + (rootColumn == nil ? 0 : 1) }

  /// √w (r + s) of residuals r, in the order of their outputs.
  package func apply(to residuals: [NodeID], in graph: inout ExpressionGraph) -> [NodeID] {
    residuals.enumerated().map { output, residual in
      var node = residual
      if let column = shiftColumns[output] {
        let shift = graph.symbol(.column(column))
        node = graph.add(node, shift)
      }
      if let rootColumn {
        let root = graph.symbol(.column(rootColumn))
        node = graph.multiply(root, node)
      }
      return node
    }
  }
}
