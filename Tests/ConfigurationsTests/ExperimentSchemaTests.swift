import Configurations
import Diagnostics
import Testing

/// A section of the schema with a way to write a line into it.
struct SectionPlace {
  var schema: SectionSchema
  /// A file in which the section holds `line` besides what it must hold.
  var text: (_ line: String) -> String
}

/// Every section, each written so that the file is right but for the line.
func allSections() -> [SectionPlace] {
  var places = [SectionPlace(schema: ExperimentSchema.root) { smallestWithout($0) + $0 + "\n" }]
  func add(_ schema: SectionSchema, _ text: @escaping (String) -> String) {
    places.append(SectionPlace(schema: schema, text: text))
  }
  func holds(_ line: String, _ key: String) -> Bool { line.hasPrefix("\(key) =") }
  add(ExperimentSchema.variable) { line in
    let range = holds(line, "range") ? "" : "range = [0, 1]\n"
    return "fields = { u = {} }\nequation = { expr = \"u\" }\n[variables.x]\n\(range)\(line)\n"
  }
  add(ExperimentSchema.group) {
    smallest + "[groups.abc]\n" + (holds($0, "labels") ? "" : holds($0, "count") ? "" : "count = 1\n") + "\($0)\n"
  }
  add(ExperimentSchema.namedNetwork) { smallest + "[networks.net]\n\($0)\n" }
  add(ExperimentSchema.region) {
    smallest + "[region]\n" + (holds($0, "shape") ? "" : "shape = \"x > 0\"\n") + "\($0)\n"
  }
  add(ExperimentSchema.field) { "variables = { x = [0, 1] }\nequation = { expr = \"u\" }\n[fields.u]\n\($0)\n" }
  add(ExperimentSchema.constant) {
    smallest + "[constants.c]\n" + (holds($0, "value") ? "" : "value = 1\n") + "\($0)\n"
  }
  add(ExperimentSchema.unknown) { line in
    let isOfFunctions = ["form", "boundary", "smooth", "network"].contains { holds(line, $0) }
    return smallest + "[unknowns.D]\n\(isOfFunctions ? "field = \"x\"\n" : "")\(line)\n"
  }
  add(ExperimentSchema.smooth) { smallest + "[unknowns.D]\nfield = \"x\"\n[unknowns.D.smooth]\n\($0)\n" }
  add(ExperimentSchema.unknownNetwork) { smallest + "[unknowns.D]\nfield = \"x\"\n[unknowns.D.network]\n\($0)\n" }
  add(ExperimentSchema.balance) { smallest + "[loss.balance]\n\($0)\n" }
  add(ExperimentSchema.pointWeights) {
    smallest.replacing("x = [0, 1]", with: "x = [0, 1], t = [0, 1]") + "[loss.point_weights]\n\($0)\n"
  }
  add(ExperimentSchema.constraints) { smallest + "[loss.constraints]\n\($0)\n" }
  add(ExperimentSchema.start) { smallest + "[start]\n\($0)\n" }
  add(ExperimentSchema.equation) {
    "variables = { x = [0, 1] }\nfields = { u = {} }\n[[equation]]\n" + (holds($0, "expr") ? "" : "expr = \"u\"\n")
      + "\($0)\n"
  }
  add(ExperimentSchema.condition) { line in
    let place = holds(line, "order") ? "x: periodic" : "x = 0"
    return smallest + "[[condition]]\n" + (holds(line, "at") ? "" : "at = \"\(place)\"\n")
      + (holds(line, "where") ? "file = \"a.csv\"\n" : "") + "\(line)\n"
  }
  add(ExperimentSchema.energy) {
    smallest + "[[energy]]\n" + (holds($0, "expr") ? "" : "expr = \"u\"\n") + "\($0)\n"
  }
  add(ExperimentSchema.metric) {
    smallest + "[[metric]]\n" + (holds($0, "expr") ? "" : "expr = \"mean(u)\"\n") + "\($0)\n"
  }
  add(ExperimentSchema.rollout) { line in
    let needed = [("state", "\"x\""), ("rate", "\"u\""), ("from", "\"orbit.csv\"")].filter {
      !holds(line, $0.0) && !($0.0 == "from" && holds(line, "inline"))
    }
    return smallest + "[rollout]\n" + needed.map { "\($0.0) = \($0.1)\n" }.joined() + "\(line)\n"
  }
  add(ExperimentSchema.requirement) { smallest + "[require.total_loss]\n\($0)\n" }
  add(ExperimentSchema.sampling) { smallest + "[sampling]\n\($0)\n" }
  add(ExperimentSchema.interior) { smallest + "[sampling.interior]\n\($0)\n" }
  add(ExperimentSchema.boundary) { smallest + "[sampling.boundary]\n\($0)\n" }
  add(ExperimentSchema.heldout) { smallest + "[sampling.heldout]\n\($0)\n" }
  add(ExperimentSchema.resample) {
    smallest + "[sampling.interior.resample]\n" + (holds($0, "every") ? "" : "every = 2\n") + "\($0)\n"
  }
  add(ExperimentSchema.network) { smallest + "[network]\n\($0)\n" }
  add(ExperimentSchema.features) { smallest + "[network.features]\n\($0)\n" }
  add(ExperimentSchema.fourier) { smallest + "[network.features.fourier]\n\($0)\n" }
  add(ExperimentSchema.symmetry) { smallest + "[network.symmetry]\n\($0)\n" }
  add(ExperimentSchema.rotation) { line in
    let about = holds(line, "about") ? "" : "about = { x = 0, y = 0 }\n"
    return smallest.replacing("x = [0, 1]", with: "x = [0, 1], y = [0, 1]")
      + "[network.symmetry.rotation]\n\(about)\(line)\n"
  }
  add(ExperimentSchema.factorized) { smallest + "[network.factorized]\n\($0)\n" }
  add(ExperimentSchema.adaptive) { smallest + "[network.adaptive]\n\($0)\n" }
  add(ExperimentSchema.loss) { smallest + "[loss]\n\($0)\n" }
  add(ExperimentSchema.optimizer) {
    smallest + "[[optimizer]]\n" + (holds($0, "iterations") ? "" : "iterations = 3\n") + "\($0)\n"
  }
  add(ExperimentSchema.schedule) { smallest + "[[optimizer]]\niterations = 3\n[optimizer.schedule]\n\($0)\n" }
  add(ExperimentSchema.stop) { smallest + "[[optimizer]]\niterations = 3\n[optimizer.stop]\n\($0)\n" }
  add(ExperimentSchema.data) {
    smallest + "[[data]]\n" + (holds($0, "file") || holds($0, "inline") ? "" : "file = \"a.csv\"\n") + "\($0)\n"
  }
  add(ExperimentSchema.coefficients) {
    smallest + "[[coefficients]]\n" + (holds($0, "file") || holds($0, "inline") ? "" : "file = \"a.csv\"\n")
      + (holds($0, "as") ? "" : "as = { k = \"k\" }\n") + "\($0)\n"
  }
  add(ExperimentSchema.library) {
    smallest + "[[library]]\n" + (holds($0, "equation") ? "" : "equation = \"u_x\"\n")
      + (holds($0, "terms") ? "" : "terms = [\"u\"]\n") + "\($0)\n"
  }
  add(ExperimentSchema.libraryTerms) {
    let degree = holds($0, "degree") || holds($0, "expressions") ? "" : "degree = 2\n"
    return smallest + "[[library]]\nequation = \"u_x\"\n[library.terms]\n\(degree)\($0)\n"
  }
  add(ExperimentSchema.discovery) { line in
    // The window has to be larger than the degree.
    smallest + "[discovery]\n" + (holds(line, "window") ? "degree = 1\n" : "") + "\(line)\n"
  }
  add(ExperimentSchema.reference) { line in
    smallest + "[[reference]]\n" + (holds(line, "file") || holds(line, "expr") ? "" : "file = \"a.csv\"\n")
      + "\(line)\n"
  }
  add(ExperimentSchema.output) { smallest + "[output]\n\($0)\n" }
  return places
}

/// The smallest experiment without the key that `line` sets.
private func smallestWithout(_ line: String) -> String {
  smallest.split(separator: "\n").filter { !line.hasPrefix($0.prefix { $0 != "=" }) }.map { $0 + "\n" }.joined()
}

/// A literal that is not of the type.
func wrong(_ type: ValueType) -> String {
  switch type {
  case .number, .integer, .boolean: "[[1]]"
  case .text, .word, .path: "7"
  case .expression: "true"
  case .list(_, _, let single): single ? "{ zz = 1 }" : "true"
  case .section(_, let shorthand): shorthand == nil ? "1" : "{ zzzzzzzzzzz = 1 }"
  case .map: "1"
  }
}

/// A literal of the type within its bounds.
func right(_ key: KeySchema) -> String? {
  switch key.type {
  case .number(let range): key.name != "max" && range.contains(0.5) ? "0.5" : "2.5"
  case .integer(let range): "\(max(1, range.lowerBound))"
  case .boolean: "false"
  case .text:
    switch key.name {
    case "shape": "\"interval(0, 0.5)\""
    case "prior": "\"normal(2, 0.5)\""
    case "loss": "\"squares\""
    default: "\"abc\""
    }
  case .word(let words): "\"\(words.last ?? "")\""
  case .expression: "\"u\""
  case .path: "\"abc.csv\""
  case .list, .section, .map: nil
  }
}

@Suite struct ExperimentSchemaTests {
  @Test func `every section of the schema is walked here`() {
    var titles: Set<String> = []
    func walk(_ schema: SectionSchema) {
      titles.insert(schema.title)
      for key in schema.keys { walk(key.type) }
    }
    func walk(_ type: ValueType) {
      switch type {
      case .section(let schema, _): walk(schema)
      case .list(let element, _, _), .map(let element): walk(element)
      default: break
      }
    }
    walk(ExperimentSchema.root)
    #expect(titles == Set(allSections().map(\.schema.title)))
    #expect(allSections().count == titles.count)
  }

  @Test func `F25 a value of another type is an error at the value, for every key`() {
    for section in allSections() {
      for key in section.schema.keys {
        let text = section.text("\(key.name) = \(wrong(key.type))")
        let found = complaints(decoding: text)
        #expect(!found.isEmpty, "\(section.schema.title) \(key.name)")
        guard let first = found.first, let location = first.location else { continue }
        let line = text.split(separator: "\n", omittingEmptySubsequences: false)[location.line - 1]
        #expect(line.contains("\(key.name) ="), "\(section.schema.title) \(key.name): \(first.message)")
        #expect(location.column > key.name.count, "\(section.schema.title) \(key.name): \(first.message)")
      }
    }
  }

  @Test func `F25 a number out of bounds is an error, for every key with bounds`() {
    for section in allSections() {
      for key in section.schema.keys {
        var bad: [String] = []
        switch key.type {
        case .number(let range):
          if range.lowerBound > -1e300 { bad.append("-1.0") }
          if range.upperBound < 1e300 { bad.append("\(range.upperBound + 1)") }
          bad.append("nan")
        case .integer(let range):
          bad.append("\(range.lowerBound - 1)")
          if range.upperBound < Int.max { bad.append("\(range.upperBound + 1)") }
          // A float is no whole number even where it is integral.
          bad.append("2.0")
        default: break
        }
        for value in bad {
          let found = complaints(decoding: section.text("\(key.name) = \(value)"))
          #expect(found.count == 1, "\(section.schema.title) \(key.name) = \(value): \(found.map(\.message))")
        }
      }
    }
  }

  @Test func `F26 a whole number is taken for a number, for every key`() {
    for section in allSections() {
      for case let key in section.schema.keys {
        guard case .number(let range) = key.type, range.contains(1) else { continue }
        let found = complaints(decoding: section.text("\(key.name) = 1"))
        // The words about bounds between keys are about other things.
        #expect(!found.contains { $0.message.contains("must be a number") }, "\(key.name)")
      }
    }
  }

  @Test func `every key of one value is accepted`() {
    for section in allSections() {
      for key in section.schema.keys {
        guard let value = right(key) else { continue }
        // What is per group needs one.
        let group = key.name == "per" ? "groups = { abc = 2 }\n" : ""
        let found = complaints(decoding: group + section.text("\(key.name) = \(value)"))
        #expect(found.isEmpty, "\(section.schema.title) \(key.name): \(found.map(\.message))")
      }
    }
  }

  @Test func `keys and sections say what they are`() {
    for section in allSections() {
      #expect(!section.schema.summary.isEmpty)
      for key in section.schema.keys {
        #expect(!key.summary.isEmpty)
        #expect(key.example.contains(key.name))
        switch key.fallback {
        case .derived(let text), .absent(let text), .literal(let text): #expect(!text.isEmpty)
        case .required: break
        }
      }
      #expect(Set(section.schema.keys.map(\.name)).count == section.schema.keys.count)
    }
  }
}
