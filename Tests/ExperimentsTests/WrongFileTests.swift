import Diagnostics
import Experiments
import TestSupport
import Testing

/// A file that cannot be right, and what is said of it.
private struct WrongFile: CustomTestStringConvertible, Sendable {
  var what: String
  var conditions: String
  var variables = "x = [0, 1], y = [0, 1]"
  var fields = "u = {}"
  var equation = "laplacian(u) = 1"
  var more = ""
  var place: String
  var message: String

  var testDescription: String { what }

  var text: String {
    """
    variables = { \(variables) }
    fields = { \(fields) }
    equation = { expr = "\(equation)" }
    condition = [
    \(conditions)
    ]
    network = { hidden = [4] }
    \(more)
    """
  }
}

private let metres = "x = { range = [0, 1], unit = \"m\" }, y = { range = [0, 1], unit = \"m\" }"

private let wrongFiles: [WrongFile] = [
  WrongFile(
    what: "two values on one face",
    conditions:
      "{ name = \"a\", at = \"x = 0\", expr = \"u = 0\" }, { name = \"b\", at = \"x = 0\", expr = \"u = 1\" }",
    place: "5:83", message: "conditions 'a' and 'b' contradict each other at x = 0.0: 0.0 against 1.0 for 'u'"),
  WrongFile(
    what: "three conditions on two fields",
    conditions: """
      { name = "a", at = "x = 0", expr = "u = v" }, { name = "b", at = "x = 0", expr = "u = 0" }, { name = "c", at = "x = 0", expr = "v = 1" }
      """,
    fields: "u = {}, v = {}", equation: "laplacian(u) = v", place: "5:37",
    message:
      "conditions 'a', 'b', 'c' contradict each other at x = 0.0: at x = 0.0, y = 0.1816 the sum of 1.0 times 'u = v' + -1.0 times 'u = 0' + 1.0 times 'v = 1' says -1.0 = 0"
  ),
  WrongFile(
    what: "a value and a slope along the face",
    conditions:
      "{ name = \"a\", at = \"x = 0\", expr = \"u = y\" }, { name = \"b\", at = \"x = 0\", expr = \"u_y = 0\" }",
    place: "5:83",
    message:
      "conditions 'b', 'a' contradict each other at x = 0.0: at x = 0.0, y = 0.1816 the sum of -1.0 times 'u_y = 0' + 1.0 times 'd(u = y, y)' says -1.0 = 0"
  ),
  WrongFile(
    what: "an output that nothing depends on", conditions: "{ at = \"boundary\", expr = \"u = 0\" }",
    more: "networks = { flow = { outputs = [\"psi\", \"p\"] } }", place: "8:35",
    message: "output 'psi' of network 'flow' appears in no equation, condition or data"),
  WrongFile(
    what: "an unknown that nothing depends on", conditions: "{ at = \"boundary\", expr = \"u = 0\" }",
    more: "unknowns = { k = 1 }", place: "8:14", message: "unknown 'k' appears in no equation, condition or data"),
  WrongFile(
    what: "units of an equation", conditions: "{ at = \"boundary\", expr = \"u = 0\" }", variables: metres,
    fields: "u = { unit = \"K\" }", equation: "laplacian(u) = u", place: "3:35",
    message: "the sides of an equation differ in their units: 'laplacian(u)' is in K/m^2, 'u' is in K"),
  WrongFile(
    what: "units of a condition", conditions: "{ at = \"x = 0\", expr = \"u = u_x\" }", variables: metres,
    fields: "u = { unit = \"K\" }", place: "5:27",
    message: "the sides of an equation differ in their units: 'u' is in K, 'u_x' is in K/m"),
  WrongFile(
    what: "shapes that do not meet", conditions: "{ at = \"boundary\", expr = \"u = 0\" }", variables: "x = {}, y = {}",
    more: "region = \"intersection(disk([0, 0], 1), disk([3, 0], 1))\"", place: "8:11",
    message: "the region is empty: the shapes do not meet"),
  WrongFile(
    what: "a region of which nothing is left", conditions: "{ at = \"boundary\", expr = \"u = 0\" }",
    variables: "x = {}, y = {}", more: "region = \"difference(disk([0, 0], 1), disk([0, 0], 2))\"", place: "8:11",
    message: "the region is empty: none of 65536 points of the box around it is inside"),
  WrongFile(
    what: "a part of the boundary that there is not", conditions: "{ at = \"hole1\", expr = \"u = 0\" }",
    variables: "x = {}, y = {}", more: "region = \"disk([0, 0], 1)\"", place: "5:9",
    message: "no part of the region's boundary is called 'hole1'"),
  WrongFile(
    what: "a part of the boundary without points", conditions: "{ at = \"boundary, x > 2\", expr = \"u = 0\" }",
    variables: "x = {}, y = {}", more: "region = \"disk([0, 0], 1)\"", place: "5:9",
    message: "no point was found at 'boundary, x > 2'"),
  WrongFile(
    what: "a point outside of the region", conditions: "{ at = \"x = 1, y = 1\", expr = \"u = 0\" }",
    variables: "x = {}, y = {}", more: "region = \"disk([0, 0], 1)\"", place: "5:9",
    message: "no point of the region was found at 'x = 1, y = 1'"),
  WrongFile(
    what: "a face outside of the domain", conditions: "{ at = \"x = 2\", expr = \"u = 0\" }", place: "5:13",
    message: "x = 2.0 lies outside the domain [0.0, 1.0]"),
  WrongFile(
    what: "a curve outside of the domain", conditions: "{ at = \"x^2 + y^2 = 9\", expr = \"u = 0\" }", place: "5:9",
    message: "no point was found at 'x^2 + y^2 = 9'"),
  WrongFile(
    what: "a shape outside of the domain", conditions: "{ at = \"disk([3, 3], 1)\", expr = \"u = 0\" }", place: "5:9",
    message: "no point was found at 'disk([3, 3], 1)'"),
  WrongFile(
    what: "a front outside of the domain", conditions: "{ at = \"x = 2 + t\", expr = \"u = 0\" }",
    variables: "x = [0, 1], y = [0, 1], t = [0, 1]", place: "5:9", message: "no point was found at 'x = 2 + t'"),
  WrongFile(
    what: "inequalities that hold nowhere", conditions: "{ at = \"x = 0, y > 2\", expr = \"u = 0\" }", place: "5:9",
    message: "no point was found at 'x = 0, y > 2'"),
  WrongFile(
    what: "hard conditions on shapes that only touch",
    conditions: "{ at = \"boundary\", expr = \"u = 0\", enforce = \"hard\" }", variables: "x = {}, y = {}",
    more: "region = \"union(box([0, 0], [1, 1]), box([1, 0], [2, 1]))\"", place: "5:9",
    message: "no function was found that vanishes there and nowhere else in the region"),
]

@Suite struct WrongFileTests {
  @Test func `a field that nothing depends on is noted`() throws {
    let text = """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {}, v = {}, w = "u + 1", q = "2*N" }
      equation = { expr = "u_t = u_xx" }
      """
    func notes(_ text: String) throws -> [String] { try assembled(text).notes.filter { $0.hasPrefix("field") } }
    #expect(
      try notes(text)
        == ["v", "q"].map { "field '\($0)' appears in no equation, condition or data: nothing determines it" })
    #expect(try notes(text + "\ncondition = { at = \"t = 0\", expr = \"v = q\" }") == [])
  }

  @Test(arguments: wrongFiles) fileprivate func `a wrong file is told where it is wrong`(file: WrongFile) {
    let found = refusal(file.text)?.diagnostics.first
    #expect(found?.message == file.message)
    #expect(found?.location.map { "\($0.line):\($0.column)" } == file.place)
  }
}
