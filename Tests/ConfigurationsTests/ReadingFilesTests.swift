import Configurations
import Diagnostics
import Foundation
import Testing

@Suite struct ReadingFilesTests {
  /// A folder of its own for each test.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "configurations-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func write(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  private func failure(_ path: String, standardInput: Int32 = -1) -> InputFailure? {
    do throws(InputFailure) {
      _ = try readConfiguration(path: path, standardInput: standardInput)
      return nil
    } catch {
      return error
    }
  }

  @Test func `the name tells the language, and else the text`() throws {
    try withFolder { folder in
      let toml = Array("a = 1".utf8)
      let yaml = Array("a: 1".utf8)
      for (name, bytes) in [
        ("x.toml", toml), ("x.YAML", yaml), ("x.yml", yaml), ("x", toml), ("y", yaml), ("x.txt", yaml),
        ("bom.toml", [0xEF, 0xBB, 0xBF] + toml), ("bom.yaml", [0xEF, 0xBB, 0xBF] + yaml),
      ] {
        try write(bytes, folder + "/" + name)
        #expect(outline(try readConfiguration(path: folder + "/" + name)) == "{a: 1}")
      }
    }
  }

  @Test func `a dash means standard input`() throws {
    for (text, expected) in [("a = 1\n", "{a: 1}"), ("a: [x, y]\n", "{a: [\"x\", \"y\"]}")] {
      let pipe = Pipe()
      pipe.fileHandleForWriting.write(Data(text.utf8))
      try pipe.fileHandleForWriting.close()
      #expect(
        outline(try readConfiguration(path: "-", standardInput: pipe.fileHandleForReading.fileDescriptor)) == expected)
    }
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data("a = tanh".utf8))
    try pipe.fileHandleForWriting.close()
    let failure = failure("-", standardInput: pipe.fileHandleForReading.fileDescriptor)
    #expect(failure?.diagnostics.first?.location?.file.name == "<stdin>")
  }

  @Test func `a missing file is named, with the nearest`() throws {
    try withFolder { folder in
      try write([], folder + "/burgers.toml")
      try write([], folder + "/heat.yaml")
      let typo = failure(folder + "/burgres.toml")
      #expect(typo?.kind == .missingInput)
      #expect(
        typo?.diagnostics.map { $0.rendered() } == [
          """
          error: cannot read the configuration '\(folder)/burgres.toml': no such file
             help: did you mean '\(folder)/burgers.toml'?
          """
        ])
      #expect(failure(folder + "/heat")?.diagnostics[0].help == "did you mean '\(folder)/heat.yaml'?")
      #expect(failure(folder + "/nothing/like/it")?.diagnostics[0].help == nil)
      let directory = failure(folder)
      #expect(directory?.kind == .missingInput)
      #expect(directory?.diagnostics[0].message == "cannot read the configuration '\(folder)': it is a folder")
    }
  }

  @Test func `bytes that are no text are reported at their place`() throws {
    try withFolder { folder in
      func complaint(_ bytes: [UInt8]) throws -> [String] {
        try write(bytes, folder + "/x.toml")
        let diagnostic = failure(folder + "/x.toml")?.diagnostics.first
        return [diagnostic?.message ?? "", "\(diagnostic?.location?.line ?? 0):\(diagnostic?.location?.column ?? 0)"]
      }
      #expect(
        try complaint(Array("a = 1\nb = 'é".utf8) + [0xFF] + Array("'".utf8)) == ["the text is not UTF-8", "2:7"])
      #expect(try complaint([0xFF, 0xFE, 0x61, 0x00]) == ["the text is not UTF-8", "1:1"])
      #expect(try complaint([0xEF, 0xBB, 0xBF, 0x61, 0xC3]) == ["the text is not UTF-8", "1:2"])
      #expect(
        try complaint(Array("a = 1\nb\0".utf8)) == ["the text has a NUL byte; is this a text file?", "2:2"])
      try write(Array("a: 1\0".utf8), folder + "/x")
      #expect(failure(folder + "/x")?.diagnostics.first?.location?.column == 5)
    }
  }

  @Test func `a file of more than ten megabytes is refused`() throws {
    try withFolder { folder in
      try write([UInt8](repeating: 0x23, count: 10_000_001), folder + "/x.toml")
      let large = failure(folder + "/x.toml")
      #expect(large?.kind == .configuration)
      #expect(large?.diagnostics[0].message == "the configuration '\(folder)/x.toml' is larger than 10 MB")
      try write([UInt8](repeating: 0x23, count: 10_000_000), folder + "/x.toml")
      #expect(failure(folder + "/x.toml") == nil)
    }
  }
}
