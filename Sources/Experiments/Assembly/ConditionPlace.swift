import Autodiff
import Configurations
import Diagnostics
import Expressions
import Problems

/// Where a condition holds, as its `at` says.
enum ConditionPlace {
  /// Whether a point, with all variables, belongs to a place that inequalities cut.
  typealias Filter = @Sendable ([Double]) -> Bool

  /// Some variables fixed. On one face of the domain in space `normal` points out of it, on a cut through the domain
  /// to where the variable grows.
  case slice(BoxRegion.Slice, normal: [Double]?, filter: Filter?)
  /// Pieces of the boundary of the user's region, or of another shape inside of the domain.
  case boundary(RegionBoundary)
  /// Both ends of a variable, matched point by point.
  case periodic(variable: Int)
}

/// Reads the places of a condition.
///
///     x = 0            x = 0, y = 1           some variables fixed
///     boundary         boundary(x, y)         both ends of variables; with a region all of its boundary
///     outer  hole1  left  my_name             pieces of the boundary of a region
///     x: periodic                             both ends, compared point by point
///     disk([0, 0], 1)                         the boundary of a shape inside of the domain
///     x^2 + y^2 = 1                           a curve or surface inside of the domain
///     x = 0.5 + 0.1*t                         one that moves
///     boundary, y < 0.5, t > 1                the part of any of these where inequalities hold
struct ConditionPlaceReader {
  let region: BoxRegion
  let domain: RegionDomain?
  let timeVariable: Int?
  /// Where the time begins that the file speaks of, if this is a later slab of it.
  private let firstTime: Double?
  let constants: [String: Double]

  init(_ experiment: Experiment, _ fields: FieldModel) {
    region = fields.region
    domain = fields.domain
    timeVariable = fields.scope.timeVariable
    firstTime = fields.before?.firstTime
    constants = Dictionary(experiment.constants.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  private static let forms =
    "a place is \"x = 0\", \"x = 0, y = 1\", \"boundary\", \"boundary(x, y)\" or \"x: periodic\""

  /// - Throws: unknown variables, values outside the domain, texts of another form, places without points.
  func read(_ text: LocatedText) throws(InputFailure) -> [ConditionPlace] {
    var (fixed, named, inequalities) = ([LocatedText](), [LocatedText](), [LocatedText]())
    for part in text.parts {
      if part.text.contains(where: { $0 == "<" || $0 == ">" }), !isShape(part.text) {
        inequalities.append(part)
      } else if part.text.contains("="), !isShape(part.text) {
        fixed.append(part)
      } else {
        named.append(part)
      }
    }
    if let surplus = named.dropFirst().first ?? (named.isEmpty ? nil : fixed.first) {
      throw InputFailure(
        .configuration, "'\(surplus.text)' is not a place", at: surplus.location, help: ConditionPlaceReader.forms)
    }
    guard !named.isEmpty || !fixed.isEmpty else {
      throw InputFailure(
        .configuration, "an inequality is part of a place, and no place of its own", at: text.location,
        help: "write \"x = 0, \(inequalities[0].text)\" or \"boundary, \(inequalities[0].text)\"")
    }
    let found: [ConditionPlace]
    if let name = named.first {
      found = try self.named(name)
    } else if fixed.count == 1, !isSlice(fixed[0].text) {
      found = [.boundary(try curve(fixed[0]))]
    } else {
      found = [try slice(fixed)]
    }
    guard !inequalities.isEmpty else { return found }
    let filter = try self.filter(inequalities)
    return try parts(of: found, filter, text)
  }

  /// The places of what is integrated or averaged: those that move have no length or area of their own.
  func readStanding(_ text: LocatedText) throws(InputFailure) -> [ConditionPlace] {
    let places = try read(text)
    for case .boundary(let boundary) in places where boundary.isMoving {
      throw InputFailure(
        .configuration, "'\(text.text)' moves: it is a place for conditions, not for integrals and means",
        at: text.location, help: "an integral over a variable may have limits that move: integral(u, x, 0, 0.1*t)")
    }
    return places
  }

  // MARK: Inequalities

  /// Whether all of the inequalities hold at a point.
  func filter(_ texts: [LocatedText]) throws(InputFailure) -> ConditionPlace.Filter {
    var graph = ExpressionGraph(variableCount: region.dimensions, outputInputs: [])
    var scope = Scope(variables: region.variables.map(\.name), timeVariable: timeVariable)
    for (name, value) in constants.sorted(by: { $0.key < $1.key }) { scope.names[name] = .node(graph.constant(value)) }
    var nodes: [NodeID] = []
    for text in texts { nodes.append(try parseExpression(text, in: scope, graph: &graph)) }
    let program = ResidualProgram(graph, outputs: nodes)
    let variables = program.inputs.compactMap { symbol -> Int? in
      if case .coordinate(let number, _) = symbol { number } else { nil }
    }
    return { point in program.evaluate(variables.map { point[$0] }).allSatisfy { $0 != 0 && !$0.isNaN } }
  }

  /// What the filter leaves of the places.
  private func parts(
    of places: [ConditionPlace], _ filter: @escaping ConditionPlace.Filter, _ text: LocatedText
  ) throws(InputFailure) -> [ConditionPlace] {
    var left: [ConditionPlace] = []
    for place in places {
      switch place {
      case .slice(let slice, let normal, _):
        if RegionSlice(part: slice, where: filter) != nil {
          left.append(.slice(slice, normal: normal, filter: filter))
        }
      case .boundary(let boundary):
        if let part = boundary.part(where: filter) { left.append(.boundary(part)) }
      case .periodic:
        throw InputFailure(
          .configuration, "a periodic place has no inequalities", at: text.location,
          help: "compare both ends everywhere")
      }
    }
    guard !left.isEmpty else {
      throw InputFailure(
        .configuration, "no point was found at '\(text.text)'", at: text.location,
        help: "the inequalities hold nowhere on this place")
    }
    return left
  }

  // MARK: Places with a name

  func isShape(_ text: String) -> Bool {
    let name = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    return text.dropFirst(name.count).drop { $0.isWhitespace }.first == "("
      && shapeCatalogue.contains { $0.name == name }
  }

  private func named(_ text: LocatedText) throws(InputFailure) -> [ConditionPlace] {
    let name = text.text.filter { !$0.isWhitespace }
    if isShape(text.text) {
      let expression = try parseRegion(text, variables: spaceNames, constants: constants)
      return [.boundary(try interface(expression, text))]
    }
    if let domain, let place = try piece(name, text, domain) { return [place] }
    if name == "boundary" || name.hasPrefix("boundary(") { return try boundary(text) }
    if text.text.contains(":") { return [try periodic(text)] }
    guard region.index(of: name) == nil else {
      throw InputFailure(
        .configuration, "'\(text.text)' is not a place", at: text.location, help: ConditionPlaceReader.forms)
    }
    _ = try variable(named: name, in: text, offset: 0)
    return []
  }

  private func periodic(_ text: LocatedText) throws(InputFailure) -> ConditionPlace {
    let sides = text.text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let word = sides[1].filter { !$0.isWhitespace }
    guard word == "periodic" else {
      throw InputFailure(
        .configuration, "'\(word)' is not a kind of place", at: text.location,
        help: "only 'periodic' may follow a colon, as in \"x: periodic\"")
    }
    let number = try variable(named: sides[0].filter { !$0.isWhitespace }, in: text, offset: 0)
    if domain != nil, number != timeVariable {
      throw InputFailure(
        .configuration, "'\(text.text)' needs a domain that is a box in space", at: text.location,
        help: "leave [region] out, or give conditions on its boundary")
    }
    return .periodic(variable: number)
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
    guard !name.contains(":") else { return nil }
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
        ?? "\(ConditionPlaceReader.forms); variables are \(names.joined(separator: ", "))")
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
        return ConditionPlace.slice(region.slice(face), normal: region.outwardNormal(of: face), filter: nil)
      }
    }
  }

  // MARK: Fixed variables

  /// The parts of `left = right`, without the blanks around them.
  private func sides(_ text: LocatedText) throws(InputFailure) -> (left: LocatedText, right: LocatedText) {
    let sides = text.parts(at: "=")
    guard sides.count == 2 else {
      throw InputFailure(
        .configuration, "'\(text.text)' is not a place", at: text.location, help: ConditionPlaceReader.forms)
    }
    return (sides[0], sides[1])
  }

  /// Whether `left = right` fixes a variable: a name on the left, no variable on the right.
  private func isSlice(_ text: String) -> Bool {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = sides[0].drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }
    return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
      && !names(String(sides.last ?? "")).contains { region.index(of: $0) != nil }
  }

  /// The words of a text.
  private func names(_ text: String) -> [String] {
    text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { String($0) }
  }

  private func slice(_ parts: [LocatedText]) throws(InputFailure) -> ConditionPlace {
    var fixed: [Int: Double] = [:]
    for part in parts {
      let (left, right) = try sides(part)
      let number = try variable(named: left.text, in: left, offset: 0)
      guard fixed[number] == nil else {
        throw InputFailure(
          .configuration, "'\(left.text)' has two values in one place", at: left.location,
          help: "several places are a list: at = [\"\(left.text) = …\", \"\(left.text) = …\"]")
      }
      let value = try evaluateConstant(right, constants: constants)
      // The start of a slab is the start that the file means.
      let isStart = number == timeVariable && firstTime.map { abs(value - $0) <= 1e-12 * max(1, abs($0)) } == true
      let place = isStart ? region.variables[number].lower : value
      fixed[number] = try snapped(place, to: region.variables[number], at: right.location)
    }
    var normal: [Double]?
    if fixed.count == 1, let (number, value) = fixed.first, number != timeVariable {
      let isLower = value == region.variables[number].lower
      normal = region.outwardNormal(of: BoxRegion.Face(variable: number, side: isLower ? .lower : .upper))
    }
    return .slice(region.slice(fixed), normal: normal, filter: nil)
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

  // MARK: Curves and surfaces inside of the domain

  var space: [Int] { region.variables.indices.filter { $0 != timeVariable } }
  var spaceNames: [String] { space.map { region.variables[$0].name } }

  /// Where `left = right`, at all times or, with time on one of the sides, at each its own; the normal points to where the
  /// left side is larger.
  private func curve(_ text: LocatedText) throws(InputFailure) -> RegionBoundary {
    let (left, right) = try sides(text)
    let time = timeVariable.flatMap { names(text.text).contains(region.variables[$0].name) ? $0 : nil }
    let variables = space + [time].compactMap { $0 }
    guard variables.count <= InequalityShape.mostDimensions, !space.isEmpty else {
      throw InputFailure(
        .configuration,
        "an equation as a place has one to \(InequalityShape.mostDimensions) variables, time among them where it moves",
        at: text.location)
    }
    var graph = ExpressionGraph(variableCount: variables.count, outputInputs: [])
    var scope = Scope(variables: variables.map { region.variables[$0].name })
    for (name, value) in constants.sorted(by: { $0.key < $1.key }) { scope.names[name] = .node(graph.constant(value)) }
    let larger = try parseExpression(left, in: scope, graph: &graph)
    let smaller = try parseExpression(right, in: scope, graph: &graph)
    let function = graph.subtract(smaller, larger)
    let isInSpace = graph.symbols(of: [function]).contains { symbol in
      if case .coordinate(let number, _) = symbol { number < space.count } else { false }
    }
    guard isInSpace else {
      throw InputFailure(
        .configuration, "'\(text.text)' has no variable of space", at: text.location, help: ConditionPlaceReader.forms)
    }
    let shape: InequalityShape
    do throws(RegionError) {
      shape = try InequalityShape(function, graph: graph, dimensions: variables.count)
    } catch {
      throw InputFailure(.configuration, error.message, at: text.location, help: error.help)
    }
    return try interface(.shape(shape, name: nil), text, time: time)
  }

  /// The boundary of a shape as far as it lies in the domain.
  private func interface(
    _ expression: RegionExpression, _ text: LocatedText, time: Int? = nil
  ) throws(InputFailure) -> RegionBoundary {
    let variables = space + [time].compactMap { $0 }
    let ranges = variables.map { region.variables[$0].lower...region.variables[$0].upper }
    var outside: InputFailure {
      let domain = zip(variables, ranges).map { number, range in
        "\(region.variables[number].name) from \(shortNumber(range.lowerBound)) to \(shortNumber(range.upperBound))"
      }
      let part = self.domain == nil ? "" : ", and within that its region"
      return InputFailure(
        .configuration, "no point was found at '\(text.text)'", at: text.location,
        help: "the domain has \(domain.joined(separator: ", "))\(part)")
    }
    let shape: RegionDomain
    do throws(RegionError) {
      shape = RegionDomain(try Region(expression, within: ranges), box: region, space: variables, time: time)
    } catch {
      if error.isOfEmptyRegion { throw outside }
      throw InputFailure(.configuration, error.message, at: text.location, help: error.help)
    }
    let (whole, box) = (domain, region)
    let inside = shape.ownBoundary?.part { point in
      box.contains(point.span, tolerance: 1e-9) && whole?.contains(point) != false
    }
    guard let inside else { throw outside }
    return inside
  }
}

extension LocatedText {
  /// The parts between commas outside of brackets, without the blanks around them.
  fileprivate var parts: [LocatedText] { parts(at: ",") }

  fileprivate func parts(at separator: Unicode.Scalar) -> [LocatedText] {
    let scalars = Array(text.unicodeScalars)
    var (parts, start, depth) = ([LocatedText](), 0, 0)
    for (place, scalar) in scalars.enumerated() {
      if scalar == "(" || scalar == "[" { depth += 1 }
      if scalar == ")" || scalar == "]" { depth -= 1 }
      guard scalar == separator, depth <= 0 else { continue }
      parts.append(trimmedPart(start..<place))
      start = place + 1
    }
    return parts + [trimmedPart(start..<scalars.count)]
  }

  private func trimmedPart(_ range: Range<Int>) -> LocatedText {
    let scalars = Array(text.unicodeScalars)
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, scalars[start].properties.isWhitespace { start += 1 }
    while start < end, scalars[end - 1].properties.isWhitespace { end -= 1 }
    return part(start..<end)
  }
}
