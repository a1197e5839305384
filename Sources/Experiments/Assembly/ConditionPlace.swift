import Configurations
import Diagnostics
import Expressions
import Problems

/// Where a condition holds, as its `at` says.
enum ConditionPlace {
  /// Some variables fixed; `normal` is the outward normal where the place is one face of the domain in space.
  case slice(BoxRegion.Slice, face: BoxRegion.Face?)
  /// Pieces of the boundary of the user's region.
  case boundary(RegionBoundary)
  /// Both ends of a variable, matched point by point.
  case periodic(variable: Int)
}

/// Reads the places of a condition: `x = 0`, `x = 0, y = 1`, `boundary`, `boundary(x, y)`, `x: periodic`, and with a
/// region `outer`, `hole1` and what else its boundary is called.
struct ConditionPlaceReader {
  let region: BoxRegion
  let domain: RegionDomain?
  let timeVariable: Int?
  let constants: [String: Double]

  init(_ experiment: Experiment, _ fields: FieldModel) {
    region = fields.region
    domain = fields.domain
    timeVariable = fields.scope.timeVariable
    constants = Dictionary(experiment.constants.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// - Throws: unknown variables, values outside the domain, texts of another form.
  func read(_ text: LocatedText) throws(InputFailure) -> [ConditionPlace] {
    let trimmed = text.text.filter { !$0.isWhitespace }
    if let domain, let place = try piece(trimmed, text, domain) { return [place] }
    if trimmed == "boundary" || trimmed.hasPrefix("boundary(") { return try boundary(text) }
    if let colon = text.text.firstIndex(of: ":") {
      let word = text.text[text.text.index(after: colon)...].filter { !$0.isWhitespace }
      guard word == "periodic" else {
        throw InputFailure(
          .configuration, "'\(word)' is not a kind of place", at: text.location,
          help: "only 'periodic' may follow a colon, as in \"x: periodic\"")
      }
      let name = text.text[..<colon]
      let lead = name.prefix { $0.isWhitespace }.count
      let number = try variable(named: name.filter { !$0.isWhitespace }, in: text, offset: lead)
      if domain != nil, number != timeVariable {
        throw InputFailure(
          .configuration, "'\(text.text)' needs a domain that is a box in space", at: text.location,
          help: "leave [region] out, or give conditions on its boundary")
      }
      return [.periodic(variable: number)]
    }
    return [try slice(text)]
  }

  /// A place on the boundary of the region; nil for places of another form.
  private func piece(
    _ name: String, _ text: LocatedText, _ domain: RegionDomain
  ) throws(InputFailure) -> ConditionPlace? {
    if name.hasPrefix("boundary(") {
      throw InputFailure(
        .configuration, "the boundary of a region is not one of single variables", at: text.location,
        help: "write \"boundary\", or one of \(domain.region.boundaryNames.joined(separator: ", "))")
    }
    guard !name.contains(where: { $0 == "=" || $0 == ":" }) else { return nil }
    if let boundary = domain.boundary(named: name == "boundary" ? nil : name) { return .boundary(boundary) }
    let names = ["boundary"] + domain.region.boundaryNames
    let near = nearestName(to: name, among: names)
    throw InputFailure(
      .configuration, "no part of the region's boundary is called '\(text.text)'", at: text.location,
      help: near.map { "did you mean '\($0)'?" } ?? "there are \(names.joined(separator: ", "))")
  }

  private func variable(named name: String, in text: LocatedText, offset: Int) throws(InputFailure) -> Int {
    if let index = region.index(of: name) { return index }
    let names = region.variables.map(\.name)
    let near = nearestName(to: name, among: names)
    throw InputFailure(
      .configuration, "'\(name)' is not a variable", at: text.location(offset: offset, length: max(1, name.count)),
      help: near.map { "did you mean '\($0)'?" }
        ?? "a place is \"x = 0\", \"boundary\", \"boundary(x, y)\" or \"x: periodic\"; variables are \(names.joined(separator: ", "))"
    )
  }

  /// All faces of the listed variables, or of every variable but time.
  private func boundary(_ text: LocatedText) throws(InputFailure) -> [ConditionPlace] {
    var variables = region.variables.indices.filter { $0 != timeVariable }
    if let open = text.text.firstIndex(of: "(") {
      let behind = text.text[text.text.index(after: open)...]
      guard let close = behind.firstIndex(of: ")"), behind[close...].dropFirst().allSatisfy(\.isWhitespace) else {
        throw InputFailure(.configuration, "missing ')' in '\(text.text)'", at: text.location)
      }
      variables = []
      var offset = text.text.distance(from: text.text.startIndex, to: behind.startIndex)
      for name in behind[..<close].split(separator: ",", omittingEmptySubsequences: false) {
        let lead = name.prefix { $0.isWhitespace }.count
        let number = try variable(named: name.filter { !$0.isWhitespace }, in: text, offset: offset + lead)
        if !variables.contains(number) { variables.append(number) }
        offset += name.count + 1
      }
    }
    guard !variables.isEmpty else {
      throw InputFailure(
        .configuration, "time is the only variable, and 'boundary' leaves time out", at: text.location,
        help: "write \"\(region.variables[0].name) = …\", or \"boundary(\(region.variables[0].name))\" for both ends")
    }
    return variables.flatMap { variable in
      BoxRegion.Side.allCases.map { side in
        let face = BoxRegion.Face(variable: variable, side: side)
        return ConditionPlace.slice(region.slice(face), face: face)
      }
    }
  }

  private func slice(_ text: LocatedText) throws(InputFailure) -> ConditionPlace {
    var fixed: [Int: Double] = [:]
    var offset = 0
    for part in text.text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw InputFailure(
          .configuration, "'\(part)' is not a place", at: text.location(offset: offset, length: max(1, part.count)),
          help: "a place is \"x = 0\", \"x = 0, y = 1\", \"boundary\", \"boundary(x, y)\" or \"x: periodic\"")
      }
      let name = sides[0].filter { !$0.isWhitespace }
      let lead = sides[0].prefix { $0.isWhitespace }.count
      let number = try variable(named: name, in: text, offset: offset + lead)
      guard fixed[number] == nil else {
        throw InputFailure(
          .configuration, "'\(name)' has two values in one place",
          at: text.location(offset: offset + lead, length: name.count),
          help: "several places are a list: at = [\"\(name) = …\", \"\(name) = …\"]")
      }
      let start = offset + sides[0].count + 1 + sides[1].prefix { $0.isWhitespace }.count
      let valueText = LocatedText(
        String(sides[1].drop { $0.isWhitespace }), file: text.file,
        segments: [
          LocatedText.Segment(
            offset: 0, line: text.location(offset: start).line, column: text.location(offset: start).column)
        ])
      let value = try evaluateConstant(valueText, constants: constants)
      fixed[number] = try snapped(value, to: region.variables[number], at: valueText.location)
      offset += part.count + 1
    }
    var face: BoxRegion.Face?
    if fixed.count == 1, let (number, value) = fixed.first, number != timeVariable {
      let ends = region.variables[number]
      if value == ends.lower { face = BoxRegion.Face(variable: number, side: .lower) }
      if value == ends.upper { face = BoxRegion.Face(variable: number, side: .upper) }
    }
    return .slice(region.slice(fixed), face: face)
  }

  /// The value, or the bound itself where it is that bound up to rounding.
  private func snapped(
    _ value: Double, to variable: BoxRegion.Variable, at location: SourceLocation
  ) throws(InputFailure) -> Double {
    for bound in [variable.lower, variable.upper] where abs(value - bound) <= 1e-12 * variable.length {
      return bound
    }
    guard variable.contains(value) else {
      throw InputFailure(
        .configuration,
        "\(variable.name) = \(value) lies outside the domain [\(variable.lower), \(variable.upper)]", at: location)
    }
    return value
  }
}
