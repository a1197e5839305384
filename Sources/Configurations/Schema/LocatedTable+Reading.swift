import Diagnostics

/// Typed access to tables that the resolver has checked.
///
/// A missing key or another type is a mistake of the program, not of the user, and traps.
extension LocatedTable {
  private func fail(_ name: String, _ type: String) -> Never {
    preconditionFailure("resolved table has no \(type) '\(name)', only \(names)")
  }

  func numberIfPresent(_ name: String) -> Double? {
    guard case .float(let number)? = self[name]?.content else { return nil }
    return number
  }

  func numbersIfPresent(_ name: String) -> [Double]? {
    listIfPresent(name)?.compactMap { value in
      guard case .float(let number) = value.content else { return nil }
      return number
    }
  }

  func number(_ name: String) -> Double {
    guard let value = numberIfPresent(name) else { fail(name, "number") }
    return value
  }

  func integerIfPresent(_ name: String) -> Int? {
    guard case .integer(let number)? = self[name]?.content else { return nil }
    return number
  }

  func integer(_ name: String) -> Int {
    guard let value = integerIfPresent(name) else { fail(name, "integer") }
    return value
  }

  func boolean(_ name: String) -> Bool {
    guard case .boolean(let value)? = self[name]?.content else { fail(name, "boolean") }
    return value
  }

  func textIfPresent(_ name: String) -> LocatedText? {
    guard case .string(let text)? = self[name]?.content else { return nil }
    return text
  }

  func text(_ name: String) -> LocatedText {
    guard let value = textIfPresent(name) else { fail(name, "text") }
    return value
  }

  func word(_ name: String) -> String { text(name).text }

  func listIfPresent(_ name: String) -> [LocatedValue]? {
    guard case .array(let values)? = self[name]?.content else { return nil }
    return values
  }

  func list(_ name: String) -> [LocatedValue] {
    guard let value = listIfPresent(name) else { fail(name, "list") }
    return value
  }

  func textsIfPresent(_ name: String) -> [LocatedText]? {
    listIfPresent(name)?.compactMap { value in
      guard case .string(let text) = value.content else { return nil }
      return text
    }
  }

  func tableIfPresent(_ name: String) -> LocatedTable? {
    guard case .table(let table)? = self[name]?.content else { return nil }
    return table
  }

  func table(_ name: String) -> LocatedTable {
    guard let value = tableIfPresent(name) else { fail(name, "table") }
    return value
  }

  /// The tables of a list of tables.
  func tables(_ name: String) -> [LocatedTable] {
    list(name).compactMap { value in
      guard case .table(let table) = value.content else { return nil }
      return table
    }
  }

  /// The entries of a map of tables, in the order of the file.
  func tableEntries(_ name: String) -> [(key: LocatedKey, table: LocatedTable)] {
    table(name).entries.compactMap { key, value in
      guard case .table(let table) = value.content else { return nil }
      return (key, table)
    }
  }

  /// The entries of a map of numbers, in the order of the file.
  func numberEntries(_ name: String) -> [(key: LocatedKey, number: Double)] {
    table(name).entries.compactMap { key, value in
      switch value.content {
      case .float(let number): (key, number)
      case .integer(let number): (key, Double(number))
      default: nil
      }
    }
  }

  /// Sets a key, keeping its place if it is there.
  mutating func set(_ name: String, _ content: LocatedValue.Content) {
    let value = LocatedValue(content, at: location)
    if let place = entries.firstIndex(where: { $0.key.name == name }) {
      entries[place].value = value
    } else {
      entries.append((LocatedKey(name, at: location), value))
    }
  }

  /// Sets a key that is absent.
  mutating func setDefault(_ name: String, _ content: @autoclosure () -> LocatedValue.Content) {
    if self[name] == nil { set(name, content()) }
  }
}
