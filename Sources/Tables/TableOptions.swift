/// How a table is to be read.
package struct TableOptions: Sendable {
  /// Columns kept as text whatever their cells look like, such as group labels `1`, `2`, `2b`.
  ///
  /// A column that is not named here is text when its first cell that is not empty is not a number.
  package var textColumns: Set<String> = []
  /// A header without rows is an empty table instead of an error.
  package var allowsNoRows = false
  /// The most memory the numbers and labels may take; three quarters of the machine's memory when nil.
  package var memoryLimitBytes: Int?
  /// Records of nothing but plain numbers are converted from their bytes; SwiftCSV reads all others.
  ///
  /// Both routes give the same table (a test compares them). Measured on 100 MB of 17-digit numbers on one core:
  /// 0.38 s directly, 5.6 s through SwiftCSV, which stays the reference.
  package var readsPlainNumbersDirectly = true
  /// How much of the input is looked at at once. A record may be longer.
  package var blockBytes = 1 << 20
  /// No record may be longer: a quote that is never closed would otherwise bring the whole file into memory.
  package var longestRecordBytes = 16 << 20
  /// Inputs up to this size are kept beside the table, so that every cell can be located to the character and every
  /// column asked for as text. Beyond it a location has only the line of its row.
  package var retainedBytes = 8 << 20

  package init() {}

  package init(textColumns: Set<String>, allowsNoRows: Bool = false) {
    self.textColumns = textColumns
    self.allowsNoRows = allowsNoRows
  }
}

/// What may stand in a column of numbers besides numbers; nothing unless asked for.
package struct CellAllowance: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Empty cells, which become NaN.
  package static let empty = CellAllowance(rawValue: 1)
  /// `nan`, `inf` and `-inf`.
  package static let nonFinite = CellAllowance(rawValue: 2)
}
