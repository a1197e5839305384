import Configurations
import Diagnostics
import Experiments
import Foundation
import Problems
import TestSupport
import Testing
import Training

@Suite struct ObservationTests {
  /// 200 rows with x from 0 to 1, u = row, and a column of text.
  private static let rows = (0..<200).map { "\(Double($0) / 199),\($0),\($0 % 2 == 0 ? "even" : "odd"),\($0 % 10)" }
  private static let file = "x,u,kind,class\n" + rows.joined(separator: "\n") + "\n"

  private func text(_ data: String, extra: String = "") -> String {
    """
    seed = 3
    variables = { x = [0, 1] }
    fields = { u = {} }
    constants = { half = 0.5 }
    equation = { expr = "u_x = u" }
    network = { hidden = [3] }
    \(extra)
    [[data]]
    file = "rows.csv"
    \(data)
    """
  }

  private func folder(_ content: String = file) -> TemporaryFolder {
    let folder = TemporaryFolder()
    folder.write(content, to: "rows.csv")
    return folder
  }

  /// The u values of fitted and held-out rows.
  private func selected(_ data: String, content: String = file) throws -> (fitted: [Double], heldout: [Double]) {
    let folder = folder(content)
    let setup = try assembled(text(data), baseDirectory: folder.path).setup
    let heldout = setup.heldout.terms.contains { $0.kind == .data } ? setup.heldout.pointSets.last?.columns[0] : nil
    return (setup.loss.pointSets[1].columns[0], heldout ?? [])
  }

  private func failure(_ data: String, content: String = file) -> InputFailure? {
    let folder = folder(content)
    return refusal(text(data), baseDirectory: folder.path)
  }

  @Test func `all rows are taken where nothing is said`() throws {
    #expect(try selected("").fitted == (0..<200).map(Double.init))
    #expect(try selected("").heldout.isEmpty)
  }

  @Test func `rows and conditions select`() throws {
    #expect(try selected("rows = [3, 5]").fitted == [2, 3, 4])
    #expect(try selected("rows = [199, 400]").fitted == [198, 199])
    #expect(
      try selected("where = \"class = 7 and x > half\"".replacing("class = 7", with: "class == 7")).fitted
        == (10..<20).map { Double($0 * 10 + 7) })
    #expect(try selected("rows = [1, 20]\nwhere = \"u >= 18\"").fitted == [18, 19])
  }

  @Test func `a fraction draws rows by the seed, in their order`() throws {
    let one = try selected("fraction = 0.25").fitted
    #expect(one.count == 50 && one == one.sorted() && Set(one).count == 50)
    #expect(one == (try selected("fraction = 0.25").fitted))
    #expect(one != (try selected("fraction = 0.25\nseed = 4").fitted))
    #expect(one == (try selected("fraction = 0.25\nseed = 3").fitted))
    #expect(try selected("fraction = 1e-9").fitted.count == 1)
  }

  @Test func `holdout keeps a share back and the rest is fitted`() throws {
    let (fitted, heldout) = try selected("holdout = 0.2")
    #expect(fitted.count == 160 && heldout.count == 40)
    #expect(Set(fitted + heldout).count == 200)
    #expect(heldout != Array(heldout.sorted().prefix(40)).map { _ in 0 } && heldout == heldout.sorted())
    let both = try selected("fraction = 0.5\nholdout = 0.1")
    #expect(both.fitted.count == 90 && both.heldout.count == 10)
    // At least one row is left to fit.
    #expect(try selected("rows = [1, 1]\nholdout = 0.9").fitted == [0])
  }

  @Test func `noise has the deviation that was asked for, by row`() throws {
    let clean = try selected("").fitted
    let noisy = try selected("noise = 0.5").fitted
    let differences = zip(noisy, clean).map { $0 - $1 }
    let mean = differences.reduce(0, +) / 200
    let deviation = (differences.reduce(0) { $0 + $1 * $1 } / 200).squareRoot()
    // Four standard errors of 200 values.
    #expect(abs(mean) < 4 * 0.5 / 200.0.squareRoot() && abs(deviation - 0.5) < 4 * 0.5 / 400.0.squareRoot())
    #expect(noisy == (try selected("noise = 0.5").fitted))
    #expect(noisy != (try selected("noise = 0.5\nseed = 9").fitted))
    // A row has its noise whichever other rows are taken.
    #expect(try selected("noise = 0.5\nrows = [50, 60]").fitted == Array(noisy[49..<60]))
  }

  @Test func `columns may have other names`() throws {
    let content = ObservationTests.file.replacing("x,u,", with: "pos [m],V,")
    let found = try selected("columns = { x = \"pos [m]\", u = \"V\" }\nrows = [1, 2]", content: content)
    #expect(found.fitted == [0, 1])
    #expect(
      try selected("columns = { x = \"pos [m]\", u = \"V\" }\nwhere = \"x > 0.9 and V > 198\"", content: content).fitted
        == [199])
  }

  @Test func `relations name columns, and names that mean something already keep their meaning`() throws {
    let content = "x,y,u_x,pi,note\n0.25,4,5,6,a\n0.5,7,8,9,b\n"
    let folder = folder(content)
    let found = try assembled(text("expr = \"2*u + y = u_x*pi\""), baseDirectory: folder.path)
    let set = found.setup.loss.pointSets[1]
    // Only y is read from the file: u_x is the derivative, π is π, and note is no number.
    #expect(set.columns == [[4, 7]])
    let theta = found.perturbedParameters()
    let plain = found.plainResiduals(found.setup.loss, theta, features: [.scaled(0, 0...1)])
    for (a, b) in zip(found.objective().residuals(theta), plain) { #expect(abs(a - b.residual) < 1e-12) }
    let point = PlainOutput(network: found.setup.networks[0], theta: theta, features: [.scaled(0, 0...1)], unit: 0)
    let byHand = 2 * point.derivative([], at: [0.25]) + 4 - point.derivative([0], at: [0.25]) * .pi
    #expect(abs(found.objective().residuals(theta)[256] - byHand) < 1e-12)
  }

  @Test func `files that do not fit are errors of data, at their cells`() {
    let missing = failure("", content: "x,v\n0,1\n")
    #expect(missing?.kind == .data)
    #expect(missing?.diagnostics.first?.message.hasSuffix("is a field; columns are x, v") == true)
    let noVariable = failure("", content: "y,u\n0,1\n")
    #expect(noVariable?.kind == .data)
    #expect(noVariable?.diagnostics.first?.message.hasSuffix("has no column 'x'; columns are y, u") == true)
    #expect(failure("use = \"w\"")?.diagnostics.first?.message == "'w' in 'use' is not a field")
    let outside = failure("", content: "x,u\n0,1\n0.5,2\n1.5,3\n")
    #expect(outside?.kind == .data)
    #expect(outside?.diagnostics.first?.message == "x = 1.5 lies outside the domain [0.0, 1.0]")
    #expect(outside?.diagnostics.first?.location?.line == 4)
    #expect(outside?.diagnostics.first?.help == "leave such rows out: where = \"x >= 0.0 and x <= 1.0\"")
    #expect(failure("where = \"x >= 0.0 and x <= 1.0\"", content: "x,u\n0,1\n0.5,2\n1.5,3\n") == nil)
    let none = failure("where = \"x > 2\"")
    #expect(none?.kind == .data && none?.diagnostics.first?.message.hasPrefix("no row of ") == true)
    let text = failure("columns = { u = \"kind\" }")
    #expect(text?.kind == .data && text?.diagnostics.first?.location?.line == 2)
    #expect(refusal(self.text(""), baseDirectory: "/nowhere")?.kind == .missingInput)
  }

  @Test func `several mistakes in several places come together`() {
    let folder = folder("y,u\n0,1\n")
    let failure = refusal(
      text("", extra: "condition = [{ at = \"z = 0\", expr = \"u = nothing\" }]").replacing("u_x = u", with: "u_x = w"),
      baseDirectory: folder.path)
    #expect((failure?.diagnostics.count ?? 0) >= 4, "\(failure?.diagnostics.map(\.message) ?? [])")
  }
}

@Suite struct ReferenceTests {
  private func text(_ reference: String) -> String {
    """
    variables = { x = [0, 2], t = [0, 1] }
    fields = { u = {}, v = {} }
    constants = { k = 3 }
    equation = { expr = "u_t = v" }
    network = { hidden = [3] }
    output = { grid = { x = 3, t = 2 } }
    \(reference)
    """
  }

  @Test func `an exact solution stands on the output grid, the first variable slowest`() throws {
    let found = try assembled(text("reference = { expr = [\"u = k*x + t\", \"v = t^2\"] }")).references[0]
    #expect(found.coordinates == [[0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]])
    #expect(found.values.map(\.field) == [0, 1])
    #expect(found.values[0].values == [0, 1, 3, 4, 6, 7])
    #expect(found.values[1].values == [0, 1, 0, 1, 0, 1])
  }

  @Test func `a file gives the fields that it has`() throws {
    let folder = TemporaryFolder()
    folder.write("t,volt,x\n0,5,1\n0.5,6,2\n", to: "r.csv")
    let found = try assembled(
      text("reference = { file = \"r.csv\", columns = { v = \"volt\" } }"), baseDirectory: folder.path
    ).references[0]
    #expect(found.coordinates == [[1, 2], [0, 0.5]])
    #expect(found.values.map(\.field) == [1] && found.values[0].values == [5, 6])
  }

  @Test func `references of other forms are refused`() {
    func messages(_ expr: String) -> [String]? {
      refusal(text("reference = { expr = \"\(expr)\" }"))?.diagnostics.map(\.message)
    }
    #expect(messages("x^2") == ["an exact solution has the form 'field = expression'"])
    #expect(messages("x = t") == ["an exact solution has the form 'field = expression'"])
    #expect(messages("u = v") == ["an exact solution may use variables and constants only"])
    #expect(refusal(text("reference = { file = \"gone.csv\" }"))?.kind == .missingInput)
  }
}
