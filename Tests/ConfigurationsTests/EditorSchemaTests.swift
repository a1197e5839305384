import Configurations
import Diagnostics
import TestSupport
import Testing

/// What the schema for editors says about a text.
func editorComplaints(_ text: String) throws -> [String] {
  try JSONSchemaValidator.editors().complaints(about: read(text))
}

/// The schema for editors against the decoder, over every key of every section.
@Suite struct EditorSchemaTests {
  @Test func `it is the same text every time and ends its last line`() {
    let text = EditorSchema.text
    #expect(text == EditorSchema.text)
    #expect(text.hasPrefix("{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n"))
    #expect(text.hasSuffix("}\n") && !text.hasSuffix("\n\n"))
    for line in text.split(separator: "\n") { #expect(line.last != " ", "\(line)") }
  }

  @Test func `the smallest experiment passes`() throws {
    #expect(try editorComplaints(smallest) == [])
  }

  @Test func `a value of the right type passes and one of another does not, for every key`() throws {
    let validator = try JSONSchemaValidator.editors()
    for section in allSections() {
      for key in section.schema.keys {
        let place = "\(section.schema.title) \(key.name)"
        if let value = right(key) {
          let complaints = validator.complaints(about: try read(section.text("\(key.name) = \(value)")))
          #expect(complaints == [], "\(place)")
        }
        let complaints = validator.complaints(about: try read(section.text("\(key.name) = \(wrong(key.type))")))
        #expect(!complaints.isEmpty, "\(place)")
      }
    }
  }

  @Test func `a key that is not known does not pass, in every section`() throws {
    for section in allSections() {
      let text = section.text("zzz = 1")
      #expect(!complaints(decoding: text).isEmpty)
      #expect(try editorComplaints(text).contains { $0.contains("does not know 'zzz'") }, "\(section.schema.title)")
    }
  }

  @Test func `numbers out of bounds do not pass, for every key with bounds`() throws {
    let validator = try JSONSchemaValidator.editors()
    for section in allSections() {
      for key in section.schema.keys {
        var bad: [String] = []
        switch key.type {
        case .number(let range):
          if range.lowerBound == .leastNonzeroMagnitude { bad.append("0") }
          if range.lowerBound > -1e300 { bad.append("-1.0") }
          if range.upperBound < 1e300 { bad.append("\(range.upperBound + 1)") }
        case .integer(let range):
          bad += ["\(range.lowerBound - 1)", "2.5"]
          if range.upperBound < Int.max { bad.append("\(range.upperBound + 1)") }
        default: break
        }
        for value in bad {
          let complaints = validator.complaints(about: try read(section.text("\(key.name) = \(value)")))
          #expect(!complaints.isEmpty, "\(section.schema.title) \(key.name) = \(value)")
        }
      }
    }
  }

  @Test(arguments: [
    // Words that are no choice.
    "network = { activation = \"tanhh\" }", "optimizer = { iterations = 3, schedule = \"cosin\" }",
    "condition = { at = \"x = 0\", expr = \"u = 0\", enforce = \"firm\" }",
    // Required keys.
    "energy = { name = \"e\" }", "constants = { nu = {} }",
    "data = [{ file = \"\" }]",
    // Lists that are too short or too long.
    "condition = { at = [], expr = \"u = 0\" }", "data = { file = \"a.csv\", rows = [1, 2, 3] }",
    // What may not be text, and what may not stand alone.
    "seed = \"1\"", "network = { hidden = [\"8\"] }", "network = { hidden = 8 }", "output = { grid = { x = 1.5 } }",
    "network = { features = { fourier = 16 } }", "loss = 3", "unknowns = [1]",
  ])
  func `what the program refuses by its form does not pass`(_ line: String) throws {
    #expect(!complaints(decoding: smallest + line + "\n").isEmpty)
    #expect(try editorComplaints(smallest + line + "\n") != [])
  }

  @Test func `the file needs its variables`() throws {
    #expect(try editorComplaints("fields = { u = {} }") != [])
  }

  @Test(arguments: [
    "constants = { nu = \"0.01/pi\", L = 2, k = { value = \"1/L\" } }",
    "unknowns = { D = 0.5, k = { min = \"pi\", guess = 4 } }",
    "sampling = { interior = 400, boundary = { points = 3 }, heldout = 70 }",
    "sampling = { interior = { points = 400, resample = 10 } }",
    "sampling = { interior = { points = 400, resample = { every = 10 } } }",
    "optimizer = { iterations = 3, schedule = \"cosine\" }",
    "optimizer = [{ iterations = 3, schedule = { kind = \"cosine\" } }]",
    "network = { features = [\"x\", \"x^2\"] }", "network = { features = { periodic = \"x\" } }",
    "condition = { at = \"x = 0\", expr = \"u\" }", "condition = [{ at = [\"x = 0\"], expr = [\"u\", 1] }]",
    "define = { a = 1, b = \"x^2\" }", "require = { rel_l2_u = \"1/1000\" }", "loss = { weights = { equation = 2 } }",
  ])
  func `short forms pass where the program takes them`(_ line: String) throws {
    #expect(complaints(decoding: smallest + line + "\n").map(\.message) == [])
    #expect(try editorComplaints(smallest + line + "\n") == [])
  }
}

@Suite struct PlacedKeyTests {
  /// Gives an example what it leaves out.
  private func whole(_ example: LocatedTable) throws -> LocatedTable {
    // A region of the examples is in one variable.
    let plane = example["region"] == nil ? "y = [0, 1], " : ""
    let rest = try read(
      """
      variables = { x = [0, 1], \(plane)t = [0, 2] }
      groups = { voxel = 2 }
      constants = { nu = 0.1 }
      fields = { u = {} }
      equation = { expr = "u_t = u_xx" }
      condition = { name = "ends", at = "x = 0", expr = "u = 0" }
      """)
    var result = example
    for entry in rest.entries where result[entry.key.name] == nil { result.entries.append(entry) }
    return result
  }

  @Test func `the example of every key is right and uses it`() throws {
    let validator = try JSONSchemaValidator.editors()
    for key in PlacedKey.all {
      let example = key.example
      #expect(example.contains(key.key.name), "\(key.path): \(example)")
      let tree = try whole(try read(example))
      #expect(validator.complaints(about: tree) == [], "\(key.path): \(example)")
      #expect(throws: Never.self, "\(key.path): \(example)") {
        try Experiment(from: tree, baseDirectory: "/base", defaultName: "file")
      }
    }
  }

  @Test func `every key is found by its path, and every section of the schema has keys`() {
    #expect(Set(PlacedKey.all.map(\.path)).count == PlacedKey.all.count)
    for key in PlacedKey.all { #expect(PlacedKey.named(key.path).first?.path == key.path) }
  }

  @Test(arguments: [
    ("[[optimizer]]", "optimizer"), ("optimizer[0].method", "optimizer.method"), ("optimizer.1", "optimizer"),
    ("[sampling] interior", "sampling.interior"), ("variables.x.range", "variables.range"),
    ("variables.x", "variables"), ("condition.ends.points", "condition.points"), ("define.flux", "define"),
    ("loss.weights.ends", "loss.weights"), ("hidden", "network.hidden"), ("networks.flow.outputs", "networks.outputs"),
    ("schedule.kind", "optimizer.schedule.kind"),
  ])
  func `keys are found through numbers and names`(_ text: String, _ path: String) {
    #expect(PlacedKey.named(text).map(\.path) == [path])
  }

  @Test(arguments: [
    "", ".", "zzz", "network.hiden", "optimizer.metod", "variables.rnge", "network.hidden.zzz", "seed.1",
  ])
  func `what is no key is not found`(_ text: String) { #expect(PlacedKey.named(text).isEmpty) }

  @Test func `a name in several places means all of them`() {
    #expect(
      PlacedKey.named("points").map(\.path) == [
        "condition.points", "energy.points", "metric.points", "sampling.interior.points", "sampling.boundary.points",
        "sampling.heldout.points", "output.points",
      ])
    #expect(PlacedKey.named("unknowns").map(\.path) == ["unknowns", "optimizer.unknowns"])
  }

  @Test(arguments: [
    ("seed", "the file, at the top"), ("network.hidden", "[network]"), ("equation.expr", "[[equation]]"),
    ("variables.range", "each entry of [variables]"), ("optimizer.schedule.rate", "schedule of [[optimizer]]"),
    ("network.features.fourier.sigma", "features.fourier of [network]"),
  ])
  func `the place of a key is told as it is written`(_ path: String, _ place: String) {
    #expect(PlacedKey.named(path).first?.place == place)
  }

  @Test(arguments: [
    ("network.hidden", "[network]\nhidden = [40, 40, 40]\n"),
    (
      "optimizer.schedule.rate",
      "[[optimizer]]\nmethod = \"adam\"\nschedule = { kind = \"exponential\", rate = 0.9 }\n"
    ),
    ("variables.unit", "[variables]\nx = { range = [0, 1], unit = \"mm\" }\n"),
    ("seed", "seed = 1\n"),
  ])
  func `examples show the section and what it cannot be without`(_ path: String, _ example: String) {
    #expect(PlacedKey.named(path).first?.example == example)
  }
}
