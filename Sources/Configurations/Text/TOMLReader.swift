import Diagnostics
import TOMLKit

/// TOML text to a tree: the scanner reads, TOMLKit confirms.
///
/// The scanner computes every value itself, although TOMLKit could supply numbers: strings need the place of each of
/// their characters, integers and floats need their range checked before TOMLKit sees them, and YAML and `--set` need
/// the same number rules without TOMLKit. TOMLKit is the independent second reader: a tree is only used when both
/// agree on every key, every kind and every bit of every value.
enum TOMLReader {
  static func read(_ text: String, file: SourceFile) throws(InputFailure) -> LocatedTable {
    var scanner = TOMLScanner(text, file: file)
    let table = try scanner.scan()
    try confirm(table, text: text)
    return table
  }

  /// Compares `table` with what TOMLKit reads from `text`, which the scanner must have accepted.
  ///
  /// TOMLKit is not asked for types, dates or unsigned integers: `type` of a table or array looks through a null
  /// pointer, and its conversions of integers trap.
  static func confirm(_ table: LocatedTable, text: String) throws(InputFailure) {
    let other: TOMLTable
    do {
      other = try TOMLTable(string: text)
    } catch {
      let reason = (error as? TOMLParseError)?.description ?? "\(error)"
      throw disagreement("the second reader refuses the text: \(reason)", at: table.location)
    }
    if let place = difference(table, other) { throw disagreement("they read different values", at: place) }
  }

  private static func disagreement(_ what: String, at location: SourceLocation) -> InputFailure {
    InputFailure(
      .configuration, "internal error: the two TOML readers disagree; \(what)", at: location,
      help: "please report this file as a fault of the program; writing the value in another way may avoid it")
  }

  /// Where the two differ, or nil. No deeper than the depth limit of the scanner.
  private static func difference(_ table: LocatedTable, _ other: TOMLTable) -> SourceLocation? {
    if table.entries.count != other.count { return table.location }
    for (key, value) in table.entries {
      guard let counterpart = other[key.name] else { return key.location }
      if let place = difference(value, counterpart) { return place }
    }
    return nil
  }

  private static func difference(_ value: LocatedValue, _ other: any TOMLValueConvertible) -> SourceLocation? {
    let same: Bool
    switch value.content {
    case .string(let text):
      // Code unit by code unit: `==` of strings would take composed and decomposed accents for equal.
      same = other.string.map { $0.utf8.elementsEqual(text.text.utf8) } ?? false
    case .integer(let integer): same = other.int == integer
    case .float(let number):
      same = other.double.map { $0.bitPattern == number.bitPattern || $0.isNaN && number.isNaN } ?? false
    case .boolean(let boolean): same = other.bool == boolean
    case .array(let elements):
      guard let array = other.array, array.count == elements.count else { return value.location }
      for (index, element) in elements.enumerated() {
        if let place = difference(element, array[index]) { return place }
      }
      return nil
    case .table(let table):
      guard let counterpart = other.table else { return value.location }
      return difference(table, counterpart)
    }
    return same ? nil : value.location
  }
}
