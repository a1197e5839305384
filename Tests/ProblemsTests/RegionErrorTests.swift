import Diagnostics
import Problems
import Testing

private struct Mistake: CustomTestStringConvertible, Sendable {
  var text: String
  /// Column of the message, counted from 1.
  var column: Int
  var message: String
  var testDescription: String { text }

  init(_ text: String, _ column: Int, _ message: String) {
    (self.text, self.column, self.message) = (text, column, message)
  }
}

private let wrongTexts: [Mistake] = [
  Mistake("", 1, "expected a shape, found nothing"),
  Mistake("dsk([0, 0], 1)", 1, "unknown shape 'dsk'"),
  Mistake("disk", 1, "expected a shape, found 'disk'"),
  Mistake("disk([0, 0], 1", 5, "missing ')' for this '('"),
  Mistake("disk([0, 0), 1]", 11, "expected ']', found ')'"),
  Mistake("disk([0, 0], 1))", 16, "unmatched ')'"),
  Mistake("disk([0, 0], 1, name = \"a)", 24, "a quote that does not end"),
  Mistake("disk([0, 0], 1) - disk([0, 0], 0.5)", 17, "'- disk([0, 0], 0.5)' after the shape"),
  Mistake("disk([0, 0])", 1, "'disk' needs 'radius'"),
  Mistake("disk([0, 0], 1, 2)", 17, "'disk' has no argument 3"),
  Mistake("disk([0, 0], radus = 1)", 14, "'radus' is not an argument of 'disk'"),
  Mistake("disk([0, 0], 1, center = [0, 0])", 17, "'center' of 'disk' is given twice"),
  Mistake("disk([0], 1)", 6, "'center' must have a number for each of x, y, found 1"),
  Mistake("disk(0, 1)", 6, "'center' is a list of 2 numbers, found '0'"),
  Mistake("disk([0, 0], [1, 2])", 14, "'radius' is a number, found '[1, 2]'"),
  Mistake("disk([0, Q], 1)", 10, "unknown name 'Q'"),
  Mistake("disk([0, 0], 0)", 1, "the radius must be above 0, found 0.0"),
  Mistake("union(disk([0, 0], 1), disk([0, 0], -R))", 24, "the radius must be above 0, found -2.0"),
  Mistake("ring([0, 0], 2, 1)", 1, "a ring needs 0 < inner < outer, found inner 2.0 and outer 1.0"),
  Mistake("ellipse([0, 0], [1, 0])", 1, "the radii must be above 0, found 0.0"),
  Mistake("box([0, 1], [1, 1])", 1, "the lower corner of a box must lie below the upper one, found 1.0 and 1.0"),
  Mistake("interval(0, 1)", 1, "there is no interval of 2 variables (x, y)"),
  Mistake("halfspace([0, 0], [0, 0])", 1, "the normal of a half-space must not be zero"),
  Mistake("polygon([[0, 0], [1, 1]])", 1, "a polygon needs at least 3 corners, found 2"),
  Mistake("polygon([[0, 0], [1, 1], [2, 2]])", 1, "the polygon has no area"),
  Mistake("polygon([[0, 0], [1, 0], [1, 0], [0, 1]])", 1, "corners 2 and 3 of the polygon are the same point"),
  Mistake("polygon([[0, 0], [2, 2], [2, 0], [0, 1]])", 1, "edges 1 and 3 of the polygon touch or cross"),
  Mistake("polygon([[0, 0], [2, 0], [1, 0], [1, 1]])", 1, "edges 1 and 2 of the polygon touch or cross"),
  Mistake("polygon(3)", 9, "'corners' is a list of points, found '3'"),
  Mistake("union(disk([0, 0], 1))", 1, "'union' puts two or more regions together, found 1"),
  Mistake("scale(disk([0, 0], 1), 0)", 1, "the factor must be above 0, found 0.0"),
  Mistake("scale(disk([0, 0], 1), [1, 0])", 1, "the factor must be above 0, found 0.0"),
  Mistake("scale(disk([0, 0], 1), [1, 2, 3])", 24, "'factor' must have a number for each of x, y, found 3"),
  Mistake("sphere([0, 0], 1)", 1, "there is no sphere of 2 variables (x, y)"),
  Mistake("rotate(disk([0, 0], 1), 1, axis = [0, 0])", 1, "in the plane there is no axis to turn about"),
  Mistake("0 < x < 1", 7, "one comparison makes a region, found 2"),
  Mistake("x <", 3, "nothing on one side of '<'"),
  Mistake("x + t < 1", 5, "unknown name 't'"),
  Mistake("1 < 2", 1, "the inequality has no variable of space: x, y"),
  Mistake("disk([0, 0], 1, name = \"hole3\")", 24, "'hole3' means something else in places"),
  Mistake("disk([0, 0], 1, name = \"3\")", 24, "'\"3\"' is not a name"),
  Mistake("union(disk([0, 0], 1, name = a), disk([3, 0], 1, name = a))", 57, "two shapes are called 'a'"),
]

@Suite struct RegionErrorTests {
  @Test(arguments: wrongTexts) fileprivate func `a wrong text is told at its place`(mistake: Mistake) throws {
    let failure = #expect(throws: InputFailure.self) {
      _ = try parseRegion(LocatedText(mistake.text), variables: ["x", "y"], constants: ["R": 2])
    }
    let first = try #require(failure?.diagnostics.first)
    #expect(first.message == mistake.message)
    #expect(first.location?.column == mistake.column)
  }

  @Test func `all that is wrong is told`() {
    let failure = #expect(throws: InputFailure.self) {
      _ = try parseRegion(
        LocatedText("union(disk([0, 0], -1), dsk(0), box([0], [1, 1]))"), variables: ["x", "y"], constants: [:])
    }
    #expect(failure?.diagnostics.count == 3)
  }

  @Test func `regions without points or without an end are refused`() {
    func message(_ text: String, within frame: [ClosedRange<Double>]? = nil) -> String? {
      let error = #expect(throws: RegionError.self) { _ = try region(text, within: frame) }
      return error?.message
    }
    #expect(message("intersection(disk([0, 0], 1), disk([5, 0], 1))") == "the region is empty: the shapes do not meet")
    #expect(
      message("difference(disk([0, 0], 1), disk([0, 0], 2))")
        == "the region is empty: none of 65536 points of the box around it is inside")
    #expect(message("halfspace([0, 0], [1, 0])") == "the region has no end")
    #expect(message("x^2 + y^2 < 1") == "the region has no end")
    #expect(
      message("union(disk([0, 0], 0.001), disk([1, 1], 0.001))")
        == "the region fills less than a ten-thousandth of the box around it")
  }
}
