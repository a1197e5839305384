import Diagnostics
import Experiments
import Problems
import TestSupport
import Testing
import Training

/// Conditions whose points are the rows of a file.
@Suite struct ConditionRowsTests {
  private func sets(_ text: String, _ file: String = "") throws -> [PointSetValues] {
    let folder = TemporaryFolder()
    folder.write(file, to: "rows.csv")
    return try assembled(text, baseDirectory: folder.path).setup.loss.pointSets.dropFirst().map {
      PointSetValues(sites: $0.sites[0], columns: $0.columns)
    }
  }

  private struct PointSetValues: Equatable {
    var sites: [[Double]]
    var columns: [[Double]]
  }

  private func frame(_ condition: String) -> String {
    """
    variables = { x = [0, 2], y = [0, 1], t = [1, 3] }
    fields = { V = {}, W = {} }
    equation = { expr = "V_t = laplacian(V) - W" }
    sampling = { interior = 8 }
    network = { hidden = [3] }
    [[condition]]
    name = "c"
    \(condition)
    """
  }

  @Test func `every field with a column equals it, at the time of the place`() throws {
    let found = try sets(frame("at = \"t = 1\"\nfile = \"rows.csv\""), "x,y,V,other,W\n0,0.5,7,a,8\n2,1,9,b,10\n")
    #expect(found == [PointSetValues(sites: [[0, 2], [0.5, 1], [1, 1]], columns: [[7, 9], [8, 10]])])
    let some = try sets(
      frame("at = \"t = 1\"\nfile = \"rows.csv\"\ncolumns = { V = \"volt\" }\nwhere = \"x > 1\""),
      "x,y,volt\n0,0.5,7\n2,1,9\n")
    #expect(some == [PointSetValues(sites: [[2], [1], [1]], columns: [[9]])])
  }

  @Test func `columns are names in the expressions, and the normal is that of the face`() throws {
    let text = frame("at = \"boundary\"\nfile = \"rows.csv\"\nexpr = [\"2*d(V, n) = g\", \"W = W_noisy\"]")
    let found = try sets(text, "n,x,y,t,g,W_noisy\nq,0,0.5,1,3,4\nq,2.000001,0.25,2,5,6\nq,1,1,3,7,8\n")
    // Rows off by the rounding of a file are brought onto the face.
    #expect(found[0].sites == [[0, 2, 1], [0.5, 0.25, 1], [1, 2, 3]])
    #expect(found[0].columns == [[3, 5, 7], [4, 6, 8], [-1, 1, 0], [0, 0, 1]])
  }

  @Test func `on regions the normal comes from the boundary, corners included`() throws {
    let text = """
      region = "difference(box([0, 0], [4, 2]), disk([2, 1], 0.5, name = \\"hole\\"))"
      variables = { x = {}, y = {} }
      fields = { u = {} }
      equation = { expr = "laplacian(u) = 0" }
      sampling = { interior = 8 }
      network = { hidden = [3] }
      condition = { at = "PLACE", file = "rows.csv", expr = "d(u, n) = g" }
      """
    let rows = "x,y,g\n4,1.5,1\n2.3,1.4,2\n0,0,3\n1,2,4\n"
    let found = try sets(text.replacing("PLACE", with: "boundary"), rows)[0]
    #expect(found.sites[0] == [4, 2.3, 0, 1])
    for (point, normal) in [(0, [1.0, 0]), (1, [-0.6, -0.8]), (3, [0, 1])] {
      #expect(abs(found.columns[1][point] - normal[0]) < 1e-12 && abs(found.columns[2][point] - normal[1]) < 1e-12)
    }
    // Either side of a corner may have it.
    #expect([found.columns[1][2], found.columns[2][2]].sorted() == [-1, 0])
    let hole = try sets(text.replacing("PLACE", with: "hole, y > 1"), "x,y,g\n2.3,1.4,2\n")[0]
    #expect(hole.columns[0] == [2])
  }

  private static let mistakes: [(condition: String, file: String, line: Int, message: String)] = [
    (
      "at = \"boundary\"\nexpr = \"V = g\"", "x,y,t,g\n0,0.5,1,2\n1,0.5,1,2\n", 3,
      "x = 1.0, y = 0.5, t = 1.0 does not lie where condition 'c' holds"
    ),
    (
      "at = \"t = 1\"", "x,y,t,V\n0,0.5,1,2\n1,0.5,1.5,2\n", 3,
      "x = 1.0, y = 0.5, t = 1.5 does not lie where condition 'c' holds"
    ),
    (
      "at = \"x = 0, y < 0.5\"", "y,t,V\n0.75,1,2\n", 2,
      "x = 0.0, y = 0.75, t = 1.0 does not lie where condition 'c' holds"
    ),
    ("at = \"x = 0\"\nexpr = \"V = g\"", "y,t,g\n0,1,2\n0,2,x\n", 3, "column 'g': 'x' is not a number"),
  ]

  @Test(arguments: mistakes.indices)
  func `a row that is wrong is told with its line`(_ number: Int) {
    let mistake = ConditionRowsTests.mistakes[number]
    let folder = TemporaryFolder()
    folder.write(mistake.file, to: "rows.csv")
    let failure = refusal(frame(mistake.condition + "\nfile = \"rows.csv\""), baseDirectory: folder.path)
    #expect(failure?.kind == .data)
    #expect(failure?.diagnostics.map(\.message) == [mistake.message])
    #expect(failure?.diagnostics.first?.location?.line == mistake.line)
    #expect(failure?.diagnostics.first?.location?.file.name.hasSuffix("rows.csv") == true)
  }

  @Test func `what does not go with rows is refused`() {
    func message(_ condition: String) -> String? { refusal(frame(condition))?.diagnostics.first?.message }
    let rows = "inline = \"y,t,V\\n0,1,2\\n\"\n"
    #expect(message("at = \"x = 0\"\n" + rows) == nil)
    #expect(message("at = [\"x = 0\", \"x = 2\"]\n" + rows) == "the inline data has no column 'x'; columns are y, t, V")
    #expect(
      message("at = \"x = 0\"\n" + rows + "points = 5")
        == "'points' has no meaning for a condition whose points are rows")
    #expect(
      message("at = \"x = 0\"\n" + rows + "enforce = \"hard\"")
        == "a condition at the rows of a file cannot be built in")
    #expect(message("at = \"x: periodic\"\n" + rows) == "a periodic condition takes no rows of a file")
    #expect(message("at = \"x = 0\"\nexpr = \"V = 0\"\nwhere = \"x > 0\"") == "'where' needs rows to choose from")
    #expect(message("at = \"x = 0\"\nexpr = \"V = 0\"\norder = 1") == "'order' is for periodic conditions")
    #expect(
      message("at = \"x: periodic\"\nexpr = \"V\"\norder = 1")
        == "'order' and 'expr' both say what agrees on both sides")
    #expect(message("at = \"x = 0, t = 1\"\n" + rows + "expr = \"d(V, n) = 0\"") == "no outward normal here")
    #expect(message("at = \"x = 0\"\n" + rows + "where = \"y > 1\"") == "no row of the inline data is selected")
    #expect(message("at = \"x = 0\"\n" + rows + "file = \"a.csv\"") == "[[condition]] has both 'file' and 'inline'")
  }
}
