import Diagnostics
import Tables
import Testing

/// What becomes of a text: its columns and cells, or every error as `line:column+length message (help)`.
private func outcome(
  _ bytes: [UInt8], numbers: [String]? = nil, allowing allowance: CellAllowance = [],
  options: TableOptions = TableOptions()
) -> String {
  do throws(InputFailure) {
    let table = try readTable(bytes: bytes, named: "t.csv", options: options)
    var result = table.header.joined(separator: ",")
    if let numbers {
      let columns = try table.numbers(columns: numbers, allowing: allowance)
      for row in 0..<table.rowCount { result += "|" + columns.map { shortestDecimal($0[row]) }.joined(separator: ",") }
    } else {
      var columns: [[String]] = []
      for name in table.header { columns.append(try table.texts(name)) }
      for row in 0..<table.rowCount { result += "|" + columns.map { $0[row] }.joined(separator: ",") }
    }
    return result
  } catch {
    if error.kind != .data { return "\(error.kind)" }
    return error.diagnostics.map { diagnostic in
      let place = diagnostic.location.map { "\($0.line):\($0.column)+\($0.length) " } ?? ""
      return place + diagnostic.message + (diagnostic.help.map { " (\($0))" } ?? "")
    }.joined(separator: "\n")
  }
}

private func outcome(
  _ text: String, numbers: [String]? = nil, allowing allowance: CellAllowance = [],
  options: TableOptions = TableOptions()
) -> String {
  outcome(Array(text.utf8), numbers: numbers, allowing: allowance, options: options)
}

struct TextCase: Sendable, CustomTestStringConvertible {
  let text: [UInt8]
  let expected: String

  init(_ text: String, _ expected: String) {
    self.text = Array(text.utf8)
    self.expected = expected
  }

  init(bytes: [UInt8], _ expected: String) {
    text = bytes
    self.expected = expected
  }

  var testDescription: String { String(decoding: text.prefix(40), as: UTF8.self).debugDescription }

  static let read: [TextCase] = [
    TextCase("x,u\n1,2\n3,4\n", "x,u|1,2|3,4"),
    TextCase("x,u\n1,2\n3,4", "x,u|1,2|3,4"),
    TextCase("x,u\r\n1,2\r\n3,4\r\n", "x,u|1,2|3,4"),
    TextCase("x,u\r1,2\r3,4\r", "x,u|1,2|3,4"),
    TextCase("x,u\r\n1,2\n3,4\r5,6", "x,u|1,2|3,4|5,6"),
    TextCase("\u{FEFF}x,u\n1,2\n", "x,u|1,2"),
    TextCase("\u{FEFF}\"x\",u\n1,2\n", "x,u|1,2"),
    TextCase("x\n1\n2\n", "x|1|2"),
    TextCase("x\n1\n2\n\n\n", "x|1|2"),
    TextCase("x\n\"\"\n2\n", "x||2"),
    TextCase("\n  \nx,u\n1,2\n", "x,u|1,2"),
    TextCase("x,u\n1,2\n\n \t\n3,4\n\n", "x,u|1,2|3,4"),
    TextCase(" x , u \n 1 ,\t2 \n", "x,u|1,2"),
    TextCase("x , \"u\" \n 1 , \"2\" \n", "x,u|1,2"),
    TextCase("\"x,y\",u\n1,2\n", "x,y,u|1,2"),
    TextCase("v,u\n\"a,b\",2\n", "v,u|a,b,2"),
    TextCase("v,u\n\"a\nb\",2\nc,3\n", "v,u|a\nb,2|c,3"),
    TextCase("v,u\n\"a\r\nb\",2\n", "v,u|a\r\nb,2"),
    TextCase("v,u\n\"say \"\"hi\"\"\",2\n", "v,u|say \"hi\",2"),
    TextCase("v,u\n\"\"\"\",2\n", "v,u|\",2"),
    TextCase("v,u\n\"  a \",2\n", "v,u|  a ,2"),
    TextCase("v,u\na b ,2\n", "v,u|a b,2"),
    TextCase("v,u\n,2\n3,\n", "v,u|,2|3,"),
    TextCase("v,u\n,\n", "v,u|,"),
    TextCase("v,u\n3,", "v,u|3,"),
    TextCase("température,u\n1,2\n", "température,u|1,2"),
    TextCase("v,u\nköln,1\n東京,2\n🙂,3\n", "v,u|köln,1|東京,2|🙂,3"),
    TextCase("v,u\ne\u{301},1\n", "v,u|e\u{301},1"),
    TextCase("t,0,1\n0,1,2\n", "t,0,1|0,1,2"),
    TextCase("v\n007\n7.0\nA\n", "v|007|7.0|A"),
    TextCase("\"#x\",u\n1,2\n", "#x,u|1,2"),
    TextCase("v,u\na;b,2\n", "v,u|a;b,2"),
    TextCase("v,u\na\u{0B}b,2\n", "v,u|a\u{0B}b,2"),
  ]

  static let refused: [TextCase] = [
    TextCase("", "1:1+1 the file is empty (expected a line of column names, then rows)"),
    TextCase("\u{FEFF}", "1:1+1 the file is empty (expected a line of column names, then rows)"),
    TextCase("\n \n", "1:1+1 the file has only blank lines (expected a line of column names, then rows)"),
    TextCase("x,u\n", "1:1+1 no rows below the header"),
    TextCase("x,u", "1:1+1 no rows below the header"),
    TextCase("x,u\n\n", "1:1+1 no rows below the header"),
    TextCase(
      "0,1\n2,3\n",
      "1:1+1 no header line: the first line holds numbers (begin the file with a line of column names)"),
    TextCase("x,u,x\n1,2,3\n", "1:5+1 column name 'x' is used twice (it is also column 1)"),
    TextCase("x, x \n1,2\n", "1:4+1 column name 'x' is used twice (it is also column 1)"),
    TextCase("x,,u\n1,2,3\n", "1:3+1 column 2 has no name"),
    TextCase(",x\n1,2\n", "1:1+1 column 1 has no name"),
    TextCase(
      "x,\"\",\" \"\n1,2,3\n",
      "1:3+2 column 2 has no name\n1:6+3 column 3 has no name (is there a ',' too much at the end of the line?)"),
    TextCase("x,u,\n1,2,\n", "1:5+1 column 3 has no name (is there a ',' too much at the end of the line?)"),
    TextCase("x,\"a\nb\"\n1,2\n", "1:3+2 the name of column 2 has more than one line"),
    TextCase(
      "# x,u\n1,2\n",
      "1:1+3 header line begins with '#' "
        + "(comments are not part of CSV; write only the column names (numpy.savetxt: comments=''))"),
    TextCase(
      "x;u\n0,5;1,5\n",
      "1:1+3 cells seem to be separated by ';', expected ',' (write ',' between cells and a point in decimals)"),
    TextCase(
      "x\tu\n1\t2\n",
      "1:1+3 cells seem to be separated by tabs, expected ',' (write ',' between cells and a point in decimals)"),
    TextCase(
      "x|u\n1|2\n",
      "1:1+3 cells seem to be separated by '|', expected ',' (write ',' between cells and a point in decimals)"),
    TextCase("x,t,u\n1,2\n", "2:4+1 row has 2 cells for 3 columns, none for 'u'"),
    TextCase("x,t,u\n1\n", "2:2+1 row has 1 cell for 3 columns, none for 't'"),
    TextCase("x,u\n1,2\n3,4,5\n", "3:5+1 row has 3 cells for 2 columns"),
    TextCase("x,u\n1,2,\n", "2:5+1 row has 3 cells for 2 columns (remove the ',' at the end of the row)"),
    TextCase(
      "x,u\n0,5,1,25\n",
      "2:5+1 row has 4 cells for 2 columns (decimals are written with a point: 1.5, not 1,5)"),
    TextCase("x\n0,5\n", "2:3+1 row has 2 cells for 1 column (decimals are written with a point: 1.5, not 1,5)"),
    TextCase(
      "x,u\n1\n2,3\n4,5,6\n",
      "2:2+1 row has 1 cell for 2 columns, none for 'u'\n4:5+1 row has 3 cells for 2 columns"),
    TextCase(
      "x\n1\n\n2\n",
      "3:1+1 column 'x': blank line between rows (remove it, or write \"\" if it stands for an empty cell)"),
    TextCase(
      "x,u\n1,\"2\n3,4\n",
      "2:3+1 column 'u': quote is not closed (close it, or write \"\" for a quote inside a quoted cell)"),
    TextCase(
      "x,u\n1,\"2\"\"\n3,4\n",
      "2:3+1 column 'u': quote is not closed (close it, or write \"\" for a quote inside a quoted cell)"),
    TextCase("x,\"u\n1,2\n", "1:3+1 quote is not closed (close it, or write \"\" for a quote inside a quoted cell)"),
    TextCase(
      "v,u\n\"a\nb\",\"c\n",
      "3:4+1 column 'u': quote is not closed (close it, or write \"\" for a quote inside a quoted cell)"),
    TextCase(
      "x,u\n\"1\"a,2\n3,4\n",
      "2:4+1 column 'x': text behind the closing quote (write \"\" for a quote inside a quoted cell)"),
    TextCase(
      "x,u\n1,\"a \"b\" c\"\n",
      "2:7+1 column 'u': text behind the closing quote (write \"\" for a quote inside a quoted cell)"),
    TextCase(
      "x,u\n1,5\" pipe\n",
      "2:4+1 column 'u': quote inside an unquoted cell (quote the whole cell and write \"\" for the quote in it)"),
    TextCase(
      "x,u\n1,a\"b\"\n",
      "2:4+1 column 'u': quote inside an unquoted cell (quote the whole cell and write \"\" for the quote in it)"),
    TextCase("x,u\n1,2\0\n", "2:4+1 NUL byte (a CSV file is UTF-8 text)"),
    TextCase("x,u\n1,\"2\0\"\n", "2:5+1 NUL byte (a CSV file is UTF-8 text)"),
    TextCase("x\0,u\n1,2\n", "1:2+1 NUL byte (a CSV file is UTF-8 text)"),
    TextCase(
      bytes: Array("v,u\nk".utf8) + [0xF6] + Array("ln,1\n".utf8),
      "2:2+1 byte 0xF6 is not UTF-8 (save the file as UTF-8)"),
    TextCase(
      bytes: Array("v,u\n\"é".utf8) + [0xC3] + Array("\",1\n".utf8),
      "2:3+1 byte 0xC3 is not UTF-8 (save the file as UTF-8)"),
    TextCase(
      bytes: Array("v,u\na,1".utf8) + [0xED, 0xA0, 0x80],
      "2:4+1 byte 0xED is not UTF-8 (save the file as UTF-8)"),
    TextCase(bytes: Array("v,u\na,1".utf8) + [0xC0, 0xAF], "2:4+1 byte 0xC0 is not UTF-8 (save the file as UTF-8)"),
    TextCase(
      bytes: Array("v,u\na,1".utf8) + [0xF5, 0x80, 0x80, 0x80],
      "2:4+1 byte 0xF5 is not UTF-8 (save the file as UTF-8)"),
    TextCase(bytes: [0xFF, 0xFE, 0x78, 0], "1:1+1 this is UTF-16 text, expected a CSV file (save it as CSV in UTF-8)"),
    TextCase(bytes: [0x1F, 0x8B, 8, 0], "1:1+1 this is a gzip file, expected a CSV file (save it as CSV in UTF-8)"),
    TextCase(
      bytes: [0x50, 0x4B, 3, 4],
      "1:1+1 this is a zip file or spreadsheet, expected a CSV file (save it as CSV in UTF-8)"),
    TextCase("v,u\na,1\n\u{FEFF}b,2\n", "3:1+1 byte order mark inside the file (were several files joined?)"),
    TextCase("\u{FEFF}\u{FEFF}v,u\na,1\n", "1:1+1 byte order mark inside the file (were several files joined?)"),
    TextCase(
      "v,u\na,\u{301}b\n",
      "2:2+2 combining character beside a comma or quote (remove the character, or put a letter between them)"),
    TextCase(
      "v,u\n\"\u{301}b\",1\n",
      "2:1+2 combining character beside a comma or quote (remove the character, or put a letter between them)"),
    TextCase(
      "v,u\na\u{600},1\n",
      "2:2+2 combining character beside a comma or quote (remove the character, or put a letter between them)"),
    TextCase("v,u\n\"a\nb\",1,2\n", "3:6+1 row has 3 cells for 2 columns"),
    TextCase("v,u\r\n\"a\r\nb\",1\r\n\r\nc\r\n", "5:2+1 row has 1 cell for 2 columns, none for 'u'"),
    TextCase("é,u\nü,1,ö\n", "2:5+1 row has 3 cells for 2 columns"),
  ]

  /// Columns `x` and `u` asked for as numbers.
  static let asNumbers: [TextCase] = [
    TextCase("x,u\n1,2.50\n-1e-3,+4E2\n.5,5.\n", "x,u|1,2.5|-0.001,400|0.5,5"),
    TextCase("x,u\n\"1\",\" 2 \"\n", "x,u|1,2"),
    TextCase("x,u\n-0,1e-400\n", "x,u|-0,0"),
    TextCase("x,v,u\n1,a,2\n", "x,v,u|1,2"),
    TextCase("x,u\n1,abc\n", "2:3+3 column 'u': 'abc' is not a number"),
    TextCase("x,u\n1,2\n3, abc \n", "3:4+3 column 'u': 'abc' is not a number"),
    TextCase("x,u\n1,2\n\n3,0x10\n", "4:3+4 column 'u': '0x10' is not a number"),
    TextCase("x,u\n1,\"1,5\"\n", "2:3+5 column 'u': '1,5' is not a number (decimals are written with a point: 1.5)"),
    TextCase("x,u\n1,1 2\n", "2:3+3 column 'u': '1 2' is not a number (cells are separated by ',', not by blanks)"),
    TextCase("x,u\n1,−2\n", "2:3+2 column 'u': '−2' is not a number (write the minus sign as '-')"),
    TextCase(
      "x,u\n1,1.0D-03\n",
      "2:3+7 column 'u': '1.0D-03' is not a number (exponents are written with 'e': 1.0e-03)"),
    TextCase(
      "x,u\n1,2\n1,NA\n",
      "3:3+2 column 'u': 'NA' is not a number (leave the row out if the value is unknown)"),
    TextCase("x,u\n1,2e\n", "2:3+2 column 'u': '2e' is not a number"),
    TextCase("x,u\n1,--2\n", "2:3+3 column 'u': '--2' is not a number"),
    TextCase("x,u\n1,.\n", "2:3+1 column 'u': '.' is not a number (leave the row out if the value is unknown)"),
    TextCase("x,u\n1,1_000\n", "2:3+5 column 'u': '1_000' is not a number"),
    TextCase("x,u\n1,nan\n", "2:3+3 column 'u': 'nan' is not a finite number"),
    TextCase("x,u\n1,-Inf\n", "2:3+4 column 'u': '-Inf' is not a finite number"),
    TextCase("x,u\n1,1e999\n", "2:3+5 column 'u': '1e999' is too large for a 64-bit number"),
    TextCase("x,u\n1,\n2,3\n", "2:3+1 column 'u': empty cell, expected a number"),
    TextCase("x,u\n1,\" \"\n2,3\n", "2:3+3 column 'u': empty cell, expected a number"),
    TextCase(
      "x,u\n,b\na,1\n",
      "2:1+1 column 'x': empty cell, expected a number\n2:2+1 column 'u': 'b' is not a number\n"
        + "3:1+1 column 'x': 'a' is not a number"),
    TextCase("y,u\n1,2\n", "1:1+1 no column 'x' (the columns are 'y', 'u')"),
    TextCase("\"é\ny\",u\n1,2\n", "1:1+2 the name of column 1 has more than one line"),
  ]
}

@Suite struct `Table texts` {
  @Test(arguments: TextCase.read) func `are read`(_ example: TextCase) {
    #expect(outcome(example.text) == example.expected)
  }

  @Test(arguments: TextCase.refused) func `F30 are refused where they are wrong`(_ example: TextCase) {
    #expect(outcome(example.text) == example.expected)
  }

  @Test(arguments: TextCase.asNumbers) func `give numbers or say which cells are none`(_ example: TextCase) {
    #expect(outcome(example.text, numbers: ["x", "u"]) == example.expected)
  }

  @Test(arguments: TextCase.read + TextCase.refused + TextCase.asNumbers)
  func `have the same outcome in blocks of a few bytes and through SwiftCSV alone`(_ example: TextCase) {
    for numbers in [nil, ["x", "u"]] {
      let whole = outcome(example.text, numbers: numbers)
      for blockBytes in [16, 17, 19, 23] {
        var options = TableOptions()
        options.blockBytes = blockBytes
        #expect(outcome(example.text, numbers: numbers, options: options) == whole)
        options.readsPlainNumbersDirectly = false
        #expect(outcome(example.text, numbers: numbers, options: options) == whole)
      }
    }
  }

  @Test func `number at least sixty`() {
    #expect(TextCase.read.count + TextCase.refused.count + TextCase.asNumbers.count >= 60)
  }

  @Test func `may hold nan and empty cells where that is allowed`() {
    let text = "x,u\n1,\n2,nan\n3,-inf\n,5\n"
    #expect(outcome(text, numbers: ["x", "u"], allowing: [.empty, .nonFinite]) == "x,u|1,nan|2,nan|3,-inf|nan,5")
    #expect(
      outcome(text, numbers: ["x", "u"], allowing: .empty)
        == "3:3+3 column 'u': 'nan' is not a finite number\n4:3+4 column 'u': '-inf' is not a finite number")
    #expect(
      outcome(text, numbers: ["u"], allowing: .nonFinite) == "2:3+1 column 'u': empty cell, expected a number")
  }

  @Test func `may be a header only where that is allowed`() throws {
    var options = TableOptions()
    options.allowsNoRows = true
    let table = try readTable(text: "x,u\n", named: "t.csv", options: options)
    #expect(table.rowCount == 0)
    #expect(try table.numbers("u") == [])
    #expect(try table.texts("u") == [])
  }

  @Test func `give at most twenty errors and say that there are more`() {
    let text = "x,u\n" + String(repeating: "1\n", count: 30)
    let lines = outcome(text).split(separator: "\n")
    #expect(lines.count == 21)
    #expect(lines.last == "t.csv: only the first 20 errors are shown")
    let twenty = "x,u\n" + String(repeating: "1\n", count: 20)
    #expect(outcome(twenty).split(separator: "\n").count == 20)
    let cells = "x,u\n1,2\n" + String(repeating: "1,a\n", count: 30)
    #expect(outcome(cells, numbers: ["u"]).split(separator: "\n").last == "t.csv: only the first 20 errors are shown")
    let labels = "x,u\n" + String(repeating: "1,a\n", count: 30)
    #expect(outcome(labels, numbers: ["u"]).split(separator: "\n").count == 21)
  }

  @Test func `are shown beside the error`() throws {
    let failure = try #require(throws: InputFailure.self) {
      _ = try readTable(text: "x,u\n1,2\n\"a\nb\",\"c\" d\n", named: "t.csv")
    }
    #expect(
      failure.diagnostics.map { $0.rendered() } == [
        """
        t.csv:4:8: error: column 'u': text behind the closing quote
            4 | b","c" d
              |        ^
           help: write "" for a quote inside a quoted cell
        """
      ])
    let cells = try readTable(text: "x,u\n1,2\n3,abc\n", named: "t.csv")
    let cellFailure = try #require(throws: InputFailure.self) { _ = try cells.numbers("u") }
    #expect(
      cellFailure.diagnostics.map { $0.rendered() } == [
        """
        t.csv:3:3: error: column 'u': 'abc' is not a number
            3 | 3,abc
              |   ^~~
        """
      ])
  }

  @Test func `with a quote or a line that never ends do not fill the memory`() {
    var options = TableOptions()
    options.blockBytes = 64
    options.longestRecordBytes = 4096
    let quoted = "x,u\n1,\"2\n" + String(repeating: "3,4\n", count: 2000)
    #expect(outcome(quoted, options: options) == "2:3+1 column 'u': quote is not closed within 4096 bytes")
    let long = "x,u\n1,2\n" + String(repeating: "3,4,", count: 2000)
    #expect(outcome(long, options: options) == "3:1+1 line longer than 4096 bytes")
    let binary = "x,u\n1,2\n\0" + String(repeating: "3,4,", count: 2000)
    #expect(outcome(binary, options: options) == "3:1+1 NUL byte (a CSV file is UTF-8 text)")
    let within = "x,u\n1,\"" + String(repeating: "3,4\n", count: 900) + "\"\n"
    #expect(outcome(within, numbers: ["x"], options: options) == "x,u|1")
  }

  @Test func `beyond the memory limit are refused before it is taken`() {
    var options = TableOptions()
    options.memoryLimitBytes = 1 << 20
    let text = "x,u\n" + String(repeating: "1.25,3\n", count: 100_000)
    #expect(outcome(text, numbers: ["x"], options: options) == "resources")
  }
}
