import Diagnostics
import Expressions

/// The arguments of a call in the language of regions, read as they are asked for.
package struct ShapeArguments {
  let text: ShapeText
  let values: [String: Range<Int>]
  let variables: [String]
  let constants: [String: Double]
  var diagnostics: [Diagnostic] = []

  func has(_ name: String) -> Bool { values[name] != nil }

  /// Whether an argument begins as a list does.
  func isList(_ name: String) -> Bool { values[name].map { text.first(text.trimmed($0)) == "[" } ?? false }

  private mutating func report(_ message: String, at range: Range<Int>, help: String? = nil) {
    diagnostics.append(Diagnostic(.error, message, at: text.location(range), help: help))
  }

  /// A constant expression.
  mutating func number(_ name: String) -> Double? { values[name].flatMap { number(in: $0, name) } }

  private mutating func number(in range: Range<Int>, _ name: String) -> Double? {
    let range = text.trimmed(range)
    if text.first(range) == "[" {
      report("'\(name)' is a number, found '\(text.shown(range))'", at: range)
      return nil
    }
    do throws(InputFailure) {
      return try evaluateConstant(text.text.part(range), constants: constants)
    } catch {
      diagnostics += error.diagnostics
      return nil
    }
  }

  /// `[a, b]`, a number for each variable; in one dimension a number alone will do.
  mutating func vector(_ name: String) -> [Double]? { values[name].flatMap { vector(in: $0, name) } }

  mutating func vector(_ name: String, fallback: Double) -> [Double]? {
    has(name) ? vector(name) : variables.map { _ in fallback }
  }

  private mutating func vector(in range: Range<Int>, _ name: String) -> [Double]? {
    let range = text.trimmed(range)
    let list = variables.joined(separator: ", ")
    guard let inner = text.inside(range, "[", "]") else {
      if variables.count == 1 { return number(in: range, name).map { [$0] } }
      report(
        "'\(name)' is a list of \(variables.count) numbers, found '\(text.shown(range))'", at: range,
        help: "write [\(variables.joined(separator: ", "))] with numbers")
      return nil
    }
    let parts = text.split(inner)
    guard parts.count == variables.count else {
      report(
        "'\(name)' must have a number for each of \(list), found \(parts.count)", at: range)
      return nil
    }
    var result: [Double] = []
    for part in parts { if let value = number(in: part, name) { result.append(value) } }
    return result.count == parts.count ? result : nil
  }

  /// `[[a, b], [c, d], …]`
  mutating func vectors(_ name: String) -> [[Double]]? {
    guard let range = values[name].map({ text.trimmed($0) }) else { return nil }
    guard let inner = text.inside(range, "[", "]") else {
      report(
        "'\(name)' is a list of points, found '\(text.shown(range))'", at: range, help: "write [[0, 0], [1, 0], …]")
      return nil
    }
    let parts = text.split(inner)
    let found = parts.compactMap { vector(in: $0, name) }
    return found.count == parts.count ? found : nil
  }
}
