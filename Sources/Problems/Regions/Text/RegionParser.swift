package import Diagnostics
import Expressions

/// Reads a region from a text: calls of the words of `shapeCatalogue`, and inequalities between expressions of the
/// variables.
///
///     difference(disk([0, 0], 1), box([-0.2, -0.2], [0.2, 0.2], name = "hole"))
///     intersection(box([0, 0], [1, 1]), y < x^2)
///
/// - Parameters: `variables` are those of space, `constants` may be used in numbers.
/// - Throws: everything that is wrong with the text, each at its characters.
package func parseRegion(
  _ text: LocatedText, variables: [String], constants: [String: Double]
) throws(InputFailure) -> RegionExpression {
  var parser = RegionParser(text: try ShapeText(text), variables: variables, constants: constants)
  let region = parser.region(parser.text.all)
  guard let region, parser.diagnostics.isEmpty else {
    throw InputFailure(.configuration, Array(parser.diagnostics.prefix(20)))
  }
  return region
}

private struct RegionParser {
  let text: ShapeText
  let variables: [String]
  let constants: [String: Double]
  var diagnostics: [Diagnostic] = []
  private var names: Set<String> = []

  init(text: ShapeText, variables: [String], constants: [String: Double]) {
    (self.text, self.variables, self.constants) = (text, variables, constants)
  }

  private mutating func report(_ message: String, at range: Range<Int>, help: String? = nil) {
    diagnostics.append(Diagnostic(.error, message, at: text.location(range), help: help))
  }

  /// Nil after a report.
  mutating func region(_ range: Range<Int>) -> RegionExpression? {
    guard !range.isEmpty else {
      report("expected a shape, found nothing", at: range, help: "write disk([0, 0], 1), say; see pinn list shapes")
      return nil
    }
    guard let (nameRange, next) = text.leadingName(range), next < range.upperBound, text[next] == "(",
      let close = text.closing(next)
    else { return inequality(range) }
    let name = text.string(nameRange)
    guard let entry = shapeCatalogue.first(where: { $0.name == name }) else {
      if !text.comparisons(range).isEmpty { return inequality(range) }
      let near = nearestName(to: name, among: shapeCatalogue.map(\.name))
      report(
        "unknown shape '\(text.shown(nameRange))'", at: nameRange,
        help: near.map { "did you mean '\($0)'?" }
          ?? "shapes are \(shapeCatalogue.map(\.name).joined(separator: ", "))")
      return nil
    }
    guard close == range.upperBound - 1 else {
      let rest = text.trimmed((close + 1)..<range.upperBound)
      report(
        "'\(text.shown(rest))' after the shape", at: rest,
        help: "put regions together with union(…), intersection(…), difference(…)")
      return nil
    }
    guard entry.dimensions.contains(variables.count) else {
      report(
        "there is no \(name) of \(variables.count) variables (\(variables.joined(separator: ", ")))", at: nameRange,
        help: name == "disk" || name == "sphere" ? "use ball" : nil)
      return nil
    }
    return call(entry, nameRange, text.split((next + 1)..<close), whole: range)
  }

  private mutating func call(
    _ entry: ShapeEntry, _ nameRange: Range<Int>, _ parts: [Range<Int>], whole: Range<Int>
  ) -> RegionExpression? {
    switch entry.meaning {
    case .union, .intersection, .difference:
      let regions = parts.map { region($0) }
      guard parts.count >= 2 else {
        report("'\(entry.name)' puts two or more regions together, found \(parts.count)", at: nameRange)
        return nil
      }
      let found = regions.compactMap { $0 }
      guard found.count == parts.count else { return nil }
      switch entry.meaning {
      case .union: return .union(found)
      case .intersection: return .intersection(found)
      default: return .difference(found[0], Array(found.dropFirst()))
      }
    case .shape(let build):
      guard let (found, name) = arguments(entry, nameRange, parts) else { return nil }
      var arguments = found
      return located(whole, &arguments) { a throws(RegionError) in try build(&a) }.map { .shape($0, name: name) }
    case .motion(let build):
      guard let (found, _) = arguments(entry, nameRange, parts) else { return nil }
      var arguments = found
      let inner = arguments.values["region"].flatMap { region($0) }
      let motion = located(whole, &arguments) { a throws(RegionError) in try build(&a) }
      guard let inner, let motion else { return nil }
      return .moved(inner, motion)
    }
  }

  /// What `body` makes of the arguments; its error is reported at the call.
  private mutating func located<T>(
    _ range: Range<Int>, _ arguments: inout ShapeArguments,
    _ body: (inout ShapeArguments) throws(RegionError) -> T?
  ) -> T? {
    defer { diagnostics += arguments.diagnostics }
    do throws(RegionError) {
      return try body(&arguments)
    } catch {
      report(error.message, at: range, help: error.help)
      return nil
    }
  }

  /// Arguments by the names of their parameters, and the name that the user gave the shape.
  private mutating func arguments(
    _ entry: ShapeEntry, _ nameRange: Range<Int>, _ parts: [Range<Int>]
  ) -> (ShapeArguments, String?)? {
    var values: [String: Range<Int>] = [:]
    var userName: String?
    var place = 0
    var isComplete = true
    for part in parts {
      var key: String?
      var value = part
      if let (keyRange, next) = text.leadingName(part), text[next] == "=", text[next + 1] != "=" {
        key = text.string(keyRange)
        value = text.trimmed((next + 1)..<part.upperBound)
        if key == "name", case .shape = entry.meaning {
          userName = self.name(value)
          continue
        }
        guard let key, entry.parameters.contains(key) else {
          let near = nearestName(to: key ?? "", among: entry.parameters)
          report(
            "'\(text.shown(keyRange))' is not an argument of '\(entry.name)'", at: keyRange,
            help: near.map { "did you mean '\($0)'?" } ?? "write \(entry.usage)")
          isComplete = false
          continue
        }
      } else if place < entry.parameters.count {
        key = entry.parameters[place]
        place += 1
      }
      guard let key else {
        report("'\(entry.name)' has no argument \(place + 1)", at: part, help: "write \(entry.usage)")
        return nil
      }
      guard values[key] == nil else {
        report("'\(key)' of '\(entry.name)' is given twice", at: part)
        isComplete = false
        continue
      }
      values[key] = value
    }
    for parameter in entry.parameters where values[parameter] == nil && !entry.optional.contains(parameter) {
      report("'\(entry.name)' needs '\(parameter)'", at: nameRange, help: "write \(entry.usage)")
      isComplete = false
    }
    guard isComplete else { return nil }
    return (ShapeArguments(text: text, values: values, variables: variables, constants: constants), userName)
  }

  /// Names that places have already.
  private static let reserved: Set<String> = ["boundary", "outer", "inner", "periodic"]

  private mutating func name(_ range: Range<Int>) -> String? {
    let name = text.string(text.inQuotes(range) ?? range)
    guard isName(name) else {
      report("'\(text.shown(range))' is not a name", at: range, help: "names have letters, digits and '_'")
      return nil
    }
    let digits = name.drop { !$0.isNumber }
    let stem = name.prefix { !$0.isNumber }
    if RegionParser.reserved.contains(name) || variables.contains(name)
      || ["hole", "edge"].contains(stem) && !digits.isEmpty
    {
      report("'\(name)' means something else in places", at: range)
      return nil
    }
    guard names.insert(name).inserted else {
      report("two shapes are called '\(name)'", at: range)
      return nil
    }
    return name
  }

  /// `a < b` as the region where b − a is positive.
  private mutating func inequality(_ range: Range<Int>) -> RegionExpression? {
    let signs = text.comparisons(range)
    guard signs.count == 1, let sign = signs.first else {
      if signs.count > 1 {
        report("one comparison makes a region, found \(signs.count)", at: signs[1], help: "write intersection(…, …)")
      } else {
        report(
          "expected a shape, found '\(text.shown(range))'", at: range,
          help: "write disk([0, 0], 1), say, or an inequality")
      }
      return nil
    }
    guard variables.count <= InequalityShape.mostDimensions else {
      report("an inequality has at most \(InequalityShape.mostDimensions) variables of space", at: range)
      return nil
    }
    var graph = ExpressionGraph(variableCount: variables.count, outputInputs: [])
    var scope = Scope(variables: variables)
    for (name, value) in constants.sorted(by: { $0.key < $1.key }) { scope.names[name] = .node(graph.constant(value)) }
    var sides: [NodeID] = []
    for side in [range.lowerBound..<sign.lowerBound, sign.upperBound..<range.upperBound] {
      let side = text.trimmed(side)
      guard !side.isEmpty else {
        report("nothing on one side of '\(text.string(sign))'", at: sign)
        return nil
      }
      do throws(InputFailure) {
        sides.append(try parseExpression(text.text.part(side), in: scope, graph: &graph))
      } catch {
        diagnostics += error.diagnostics
      }
    }
    guard sides.count == 2 else { return nil }
    let isLess = text[sign.lowerBound] == "<"
    let function = graph.subtract(sides[isLess ? 1 : 0], sides[isLess ? 0 : 1])
    guard !graph.symbols(of: [function]).isEmpty else {
      report("the inequality has no variable of space: \(variables.joined(separator: ", "))", at: range)
      return nil
    }
    do throws(RegionError) {
      return .shape(try InequalityShape(function, graph: graph, dimensions: variables.count), name: nil)
    } catch {
      report(error.message, at: range, help: error.help)
      return nil
    }
  }
}
