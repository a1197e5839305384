import Diagnostics
import Tables
import Testing

@Suite struct `A table` {
  let table: CSVTable

  init() throws {
    table = try readTable(
      text: "voxel,t,signal\n\"a\nb\",0,1.5\n\n c , 1,2.5\na,2 ,\"-3\"\n", named: "v.csv")
  }

  @Test func `knows its columns`() throws {
    #expect(table.header == ["voxel", "t", "signal"])
    #expect(table.rowCount == 3)
    #expect(table.index(ofColumn: "t") == 1)
    #expect(table.index(ofColumn: "T") == nil)
    #expect(try table.numbers("signal") == [1.5, 2.5, -3])
    #expect(try table.numbers(columns: ["signal", "t"]) == [[1.5, 2.5, -3], [0, 1, 2]])
    #expect(try table.texts("t") == ["0", "1", "2"])
    #expect(try table.texts("voxel") == ["a\nb", "c", "a"])
  }

  @Test func `gives labels in the order of their first row`() throws {
    let table = try readTable(text: "v\nb\na\nb\n", named: "v.csv")
    let labels = try table.labels("v")
    #expect(labels.names == ["b", "a"])
    #expect(labels.indices == [0, 1, 0])
  }

  @Test func `knows the line of every row and the place of every cell`() {
    #expect((0..<3).map { table.line(ofRow: $0) } == [2, 5, 6])
    let places = (0..<3).map { row in (0..<3).map { table.location(row: row, column: $0) } }
    #expect(places.map { $0.map(\.line) } == [[2, 3, 3], [5, 5, 5], [6, 6, 6]])
    #expect(places.map { $0.map(\.column) } == [[1, 4, 6], [2, 6, 8], [1, 3, 6]])
    #expect(places[1][0].file.name == "v.csv")
    #expect(places[1][0].file.lines[4] == " c , 1,2.5")
    #expect(table.location(ofColumn: 2).column == 9)
  }

  @Test func `locates cells across many rows`() throws {
    var text = "x,u\n"
    for row in 0..<2000 { text += row % 700 == 3 ? "\n\(row),\"a\n\"\n" : "\(row),7\n" }
    for blockBytes in [64, 4096, 1 << 20] {
      var options = TableOptions()
      options.blockBytes = blockBytes
      let table = try readTable(text: text, named: "t.csv", options: options)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      for row in 0..<2000 {
        #expect(lines[table.line(ofRow: row) - 1].hasPrefix("\(row),"))
      }
      for row in [0, 3, 255, 256, 703, 1024, 1999] {
        let location = table.location(row: row, column: 1)
        #expect(location.line == table.line(ofRow: row))
        #expect(location.column == "\(row),".count + 1)
      }
    }
  }

  @Test func `beyond the retained size still knows lines, labels and the places of wrong cells`() throws {
    var options = TableOptions()
    options.retainedBytes = 10
    let text = "v,x,u\na,1,2\nb,2,\nc,3,oops\n"
    let table = try readTable(text: text, named: "t.csv", options: options)
    #expect(table.location(row: 1, column: 2).line == 3)
    #expect(table.location(row: 1, column: 2).column == 1)
    #expect(try table.texts("v") == ["a", "b", "c"])
    let failure = try #require(throws: InputFailure.self) { _ = try table.numbers("u") }
    #expect(failure.diagnostics.map { $0.location?.column } == [5, 5])
    #expect(failure.diagnostics.map { $0.location?.line } == [3, 4])
    let asText = try #require(throws: InputFailure.self) { _ = try table.texts("u") }
    #expect(asText.diagnostics[0].message == "column 'u' begins with a number and is needed as text")
    let labelsAsNumbers = try #require(throws: InputFailure.self) { _ = try table.numbers("v") }
    #expect(labelsAsNumbers.diagnostics.map { $0.location?.line } == [2, 3, 4])

    options.textColumns = ["u"]
    let named = try readTable(text: text, named: "t.csv", options: options)
    #expect(try named.texts("u") == ["2", "", "oops"])
    options.textColumns = ["x"]
    let numeric = try readTable(text: text, named: "t.csv", options: options)
    #expect(try numeric.numbers("x") == [1, 2, 3])
    #expect(try numeric.texts("x") == ["1", "2", "3"])
  }

  @Test func `names what it has when a column is missing`() throws {
    let near = try #require(throws: InputFailure.self) { _ = try table.numbers("signl") }
    #expect(
      near.diagnostics == [
        Diagnostic(.error, "no column 'signl'", at: table.headerLocation, help: "did you mean 'signal'?")
      ])
    let far = try #require(throws: InputFailure.self) { _ = try table.column(named: "pressure") }
    #expect(far.diagnostics[0].help == "the columns are 'voxel', 't', 'signal'")
    let both = try #require(throws: InputFailure.self) { _ = try table.numbers(columns: ["pressure", "voxel"]) }
    #expect(both.diagnostics.count == 4)
  }

  @Test func `keeps blanks in quotes before the first text of a column, and reads them as no number`() throws {
    let table = try readTable(text: "v,x\n\"\t\",\" \"\n\" \",1\na,2\n", named: "v.csv")
    #expect(try table.texts("v") == ["\t", " ", "a"])
    #expect(try table.texts("x") == [" ", "1", "2"])
    let numbers = try table.numbers("x", allowing: .empty)
    #expect(numbers[0].isNaN && numbers[1...] == [1, 2])
    #expect(throws: InputFailure.self) { try table.numbers("x") }
  }

  @Test func `keeps text of columns whose first cells are empty`() throws {
    let table = try readTable(text: "x,v\n1,\n2,\n3,a\n4,5\n", named: "t.csv")
    #expect(try table.texts("v") == ["", "", "a", "5"])
  }
}
