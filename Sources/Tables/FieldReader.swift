import SwiftCSV

/// The cells of whole records, read by SwiftCSV.
///
/// SwiftCSV drops blanks in front of unquoted cells and behind closing quotes, undoubles quotes, and keeps line ends in
/// quoted cells as they are. A last cell that is empty gets lost when no line end follows it.
///
/// - Parameter text: records that `RecordScanner` has accepted, and nothing else.
/// - Returns: as many records as the text has, or nil when SwiftCSV refuses it.
func fields(of text: String) -> [[String]]? {
  let ends = text.utf8.last == newline || text.utf8.last == carriageReturn
  var rows: [[String]] = []
  do {
    // With a row limit of 0 the initialiser reads the first record only.
    let reader = try CSV<Enumerated>(
      string: ends ? text : text + "\n", delimiter: .comma, loadColumns: false, rowLimit: 0)
    try reader.enumerateAsArray(startAt: 0, rowLimit: nil) { rows.append($0) }
  } catch {
    return nil
  }
  return rows
}
