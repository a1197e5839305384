import TestSupport
import Testing

/// `pinn check --svg`, through the binary.
@Suite struct CheckCommandTests {
  private static let disk = """
    title = "a < b & \\"c\\""
    region = "difference(disk([0, 0], 1), disk([0, 0], 0.5))"
    variables = { x = {}, y = {} }
    fields = { u = {} }
    equation = { name = "laplace", expr = "laplacian(u) = 0" }
    condition = { name = "rim", at = "outer", expr = "u = x", points = 12 }
    sampling = { interior = 50 }
    """

  @Test func `the points of every term are drawn, and the normals of boundaries`() async throws {
    let runner = try BinaryRunner()
    try runner.write(CheckCommandTests.disk, to: "disk.toml")
    let outcome = try await runner.run(["check", "disk.toml", "--svg", "points.svg"])
    #expect(outcome.status == 0, "\(outcome)")
    let text = try runner.read("points.svg")
    // One more for each line of the legend.
    #expect(text.split(separator: "<circle").count - 1 == 50 + 12 + 2)
    #expect(text.split(separator: "<line").count - 1 == 12)
    #expect(text.contains(">laplace: 50 points</text>") && text.contains(">rim: 12 points</text>"))
    #expect(text.contains("<title>a &lt; b &amp; &quot;c&quot;</title>"))
    #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
    // A disk is a disk: the frame is as high as wide.
    #expect(text.contains("width=\"640\" height=\"640\" fill=\"none\""))
  }

  @Test func `one variable, two with time, more points than are drawn`() async throws {
    let runner = try BinaryRunner()
    try runner.write(
      """
      variables = { t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = u" }
      condition = { at = "t = 0", expr = "u = 1" }
      sampling = { interior = 10 }
      """, to: "line.toml")
    #expect(try await runner.run(["check", "line.toml", "--svg", "line.svg"]).status == 0)
    #expect(try runner.read("line.svg").contains(">condition: 1 point</text>"))
    try runner.write(
      """
      variables = { x = { range = [0, 1], unit = "mm" }, t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = u_xx" }
      sampling = { interior = 9000 }
      """, to: "plane.toml")
    #expect(try await runner.run(["check", "plane.toml", "--svg", "plane.svg"]).status == 0)
    let text = try runner.read("plane.svg")
    #expect(text.contains(">x (mm)</text>") && text.contains("equation: 9000 points, 3000 of them drawn"))
  }

  @Test func `a picture that cannot be written is told`() async throws {
    let runner = try BinaryRunner()
    try runner.write(CheckCommandTests.disk, to: "disk.toml")
    let outcome = try await runner.run(["check", "disk.toml", "--svg", "nowhere/points.svg"])
    #expect(outcome.status != 0 && outcome.errors.contains("nowhere/points.svg"), "\(outcome)")
  }
}
