import Diagnostics
import Expressions

/// Constants that phases have of their own.
extension LocatedTable {
  /// Puts several phases in the place of each with `continuation`, and into every phase with constants of its own also
  /// those that the file computes from them: with `[constants] Re = 100` and `nu = "1/Re"`, a phase with `Re = 400` has
  /// `nu = 0.0025`.
  ///
  /// - Parameter written: the section [constants] as the file has it.
  /// - Throws: values that are none, ranges of different lengths, names that are no constants.
  mutating func expandPhaseConstants(written: LocatedTable?) throws(InputFailure) {
    var problems: [Diagnostic] = []
    var phases: [LocatedValue] = []
    let known = tableEntries("constants").map { ($0.key.name, $0.table.number("value")) }
    for value in list("optimizer") {
      guard case .table(let phase) = value.content else { continue }
      for var step in phase.continuationSteps(&problems) {
        var constants = step.table("constants")
        for key in constants.entries.map(\.key) where !known.contains(where: { $0.0 == key.name }) {
          let near = nearestName(to: key.name, among: known.map(\.0))
          problems.append(
            Diagnostic(
              .error, "'\(key.name)' is not a constant", at: key.location,
              help: near.map { "did you mean '\($0)'?" } ?? "a phase may change what stands in [constants]"))
        }
        if !constants.entries.isEmpty { constants.addDependents(known, written, &problems) }
        step.set("constants", .table(constants))
        phases.append(LocatedValue(.table(step), at: value.location))
      }
    }
    guard problems.isEmpty else { throw InputFailure(.configuration, Array(problems.prefix(20))) }
    set("optimizer", .array(phases))
  }

  /// One phase for each value of the continuation.
  private func continuationSteps(_ problems: inout [Diagnostic]) -> [LocatedTable] {
    guard let continuation = tableIfPresent("continuation"), !continuation.entries.isEmpty else { return [self] }
    var base = self
    base.entries.removeAll { $0.key.name == "continuation" }
    var columns: [(key: LocatedKey, values: [Double])] = []
    for (key, value) in continuation.entries {
      guard case .string(let text) = value.content else { continue }
      do throws(InputFailure) {
        columns.append((key, try continuationValues(text)))
      } catch {
        problems += error.diagnostics
      }
    }
    let count = columns.first?.values.count ?? 1
    for column in columns where column.values.count != count {
      problems.append(
        Diagnostic(
          .error, "'\(column.key.name)' takes \(column.values.count) values, '\(columns[0].key.name)' \(count)",
          at: column.key.location, help: "constants that change together take as many values each"))
    }
    return (0..<count).map { step in
      var phase = base
      var constants = phase.table("constants")
      for (key, values) in columns where step < values.count {
        constants.entries.removeAll { $0.key.name == key.name }
        constants.entries.append((key, LocatedValue(.float(values[step]), at: key.location)))
      }
      phase.set("constants", .table(constants))
      return phase
    }
  }

  /// Adds the constants that follow from those of the table.
  private mutating func addDependents(
    _ known: [(String, Double)], _ written: LocatedTable?, _ problems: inout [Diagnostic]
  ) {
    var values: [String: Double] = [:]
    for (name, value) in known {
      if let own = numberIfPresent(name) {
        values[name] = own
        continue
      }
      values[name] = value
      guard let text = written?.constantText(name) else { continue }
      do throws(InputFailure) {
        let own = try evaluateConstant(text, constants: values)
        values[name] = own
        if own != value { set(name, .float(own)) }
        if !own.isFinite {
          problems.append(
            Diagnostic(.error, "constant '\(name)' would be \(own) in a phase with other constants", at: text.location))
        }
      } catch {
        problems += error.diagnostics
      }
    }
  }

  /// The expression of a constant, in the section [constants] as the file has it.
  private func constantText(_ name: String) -> LocatedText? {
    switch self[name]?.content {
    case .string(let text)?: text
    case .table(let entry)?: entry.textIfPresent("value")
    default: nil
    }
  }
}

/// The values that a constant takes one after the other: a range, or numbers with commas between them.
private func continuationValues(_ text: LocatedText) throws(InputFailure) -> [Double] {
  var values: [Double] = []
  for piece in text.text.split(separator: ",", omittingEmptySubsequences: false) {
    let word = String(piece.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    do throws(ValueRange.Failure) {
      if let range = try ValueRange(word) {
        values += range.values
      } else if let number = ValueRange.number(word) {
        values.append(number)
      } else {
        throw ValueRange.Failure(
          message: "'\(word)' is not a value", help: "write \"log:0.1..0.01:5\", \"1..5\" or \"0.1, 0.03, 0.01\"")
      }
    } catch {
      throw InputFailure(.configuration, error.message, at: text.location, help: error.help)
    }
  }
  return values
}
