import Configurations
package import Diagnostics
import Foundation
package import Tables

/// What `sweep.json` says about a sweep: all that is needed to see what each member is.
package struct SweepRecord: Codable, Sendable, Equatable {
  package struct Axis: Codable, Sendable, Equatable {
    package var key: String
    package var values: [String]
  }

  package struct Member: Codable, Sendable, Equatable {
    package var number: Int
    package var id: String
    package var seed: Int
    package var settings: [String]
  }

  package var program = "pinn"
  package var version = pinnVersion
  package var name: String
  /// The configuration file as it was called.
  package var configuration: String
  package var over: [Axis]
  package var columns: [String]
  package var members: [Member]

  init(_ sweep: Sweep, columns: SweepColumns, configuration: String) {
    name = sweep.name
    self.configuration = configuration
    over = sweep.axes.map { Axis(key: $0.key, values: $0.values) }
    self.columns = columns.header
    members = sweep.members.map { Member(number: $0.number, id: $0.id, seed: $0.seed, settings: $0.settings) }
  }

  func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Encoding plain strings and numbers does not fail.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
  }

  package init?(json: [UInt8]) {
    guard let record = try? JSONDecoder().decode(SweepRecord.self, from: Data(json)) else { return nil }
    self = record
  }
}

/// The folder of a sweep, owned by one driver at a time.
///
/// | file | content |
/// | --- | --- |
/// | `sweep.json` | what is varied, and the members with their ids |
/// | `members/<id>/` | the run folders |
/// | `sweep.partial.csv` | the rows so far, while the sweep is under way or was stopped |
/// | `sweep.csv` | the table; there only when it has a row for every member |
///
/// Members have locks of their own, so that other processes may work on the same sweep.
package final class SweepFolder: Sendable {
  private let folder: RunFolder

  static let recordName = "sweep.json"
  static let tableName = "sweep.csv"
  static let partialTableName = "sweep.partial.csv"

  package var path: String { folder.path }

  /// Creates the folder, or takes the one of the same sweep.
  ///
  /// - Parameters: `extends` allows members that an earlier sweep in this folder did not have.
  /// - Throws: `.cannotCreate` where something else or another sweep lies there, `.temporary` where another driver owns it.
  package init(
    _ path: String?, of sweep: Sweep, columns: SweepColumns, configuration: String, extends: Bool,
    fileSystem: any FileSystem = SystemFileSystem()
  ) throws(InputFailure) {
    let path = path ?? "runs/\(fileName(from: sweep.name))-sweep-\(sweep.digest.prefix(8))"
    folder = try RunFolder(creating: path, kind: .sweep, fileSystem: fileSystem)
    let recordPath = folder.file(SweepFolder.recordName)
    if exists(recordPath) {
      try SweepFolder.check(recordPath, of: path, against: sweep, extends: extends)
    }
    let record = SweepRecord(sweep, columns: columns, configuration: configuration)
    // The table of a smaller sweep must not be taken for that of this one.
    if SweepRecord(json: (try? fileBytes(recordPath)) ?? [])?.members != record.members {
      try writing { [folder] () throws(WriteFailure) in try folder.contents.remove(SweepFolder.tableName) }
    }
    try folder.replace(SweepFolder.recordName, with: record.json())
  }

  private static func check(
    _ recordPath: String, of path: String, against sweep: Sweep, extends: Bool
  ) throws(InputFailure) {
    guard let record = SweepRecord(json: try fileBytes(recordPath)) else {
      throw InputFailure(.data, "'\(recordPath)' is not the record of a sweep", help: "give a new folder with --out")
    }
    let (old, new) = (record.members.map(\.id), sweep.members.map(\.id))
    guard old != new else { return }
    let missing = record.members.filter { !Set(new).contains($0.id) }
    if missing.isEmpty {
      guard !extends else { return }
      let count = new.count - old.count
      throw InputFailure(
        .cannotCreate,
        count == 0
          ? "'\(path)' holds the same members in another order"
          : "'\(path)' holds a smaller sweep, without \(count) of the \(new.count) members",
        help: "add --extend, or give a new folder with --out")
    }
    let example = missing[0].settings.suffix(record.over.count + 1).joined(separator: ", ")
    throw InputFailure(
      .cannotCreate,
      extends
        ? "'\(path)' holds members that are not in this sweep: \(missing.count) of \(old.count), the first with \(example)"
        : "'\(path)' holds another sweep",
      help: extends ? "--extend only adds members; give a new folder with --out" : "give a new folder with --out")
  }

  /// The folder that run folders start from.
  var contents: Folder { folder.contents }

  /// The run folder of a member, from the sweep's folder on.
  func runFolder(of member: SweepMember) -> String { "members/\(member.id)" }

  /// The table of the rows so far, empty.
  func partialTable() throws(InputFailure) -> CheckedWriter {
    try writing { () throws(WriteFailure) in
      try folder.contents.writer(SweepFolder.partialTableName, mode: .replace)
    }
  }

  /// Puts the finished table in its place.
  func publishTable() throws(InputFailure) {
    let bytes = try fileBytes(folder.file(SweepFolder.partialTableName))
    try writing { () throws(WriteFailure) in
      try folder.contents.replace(SweepFolder.tableName, with: bytes)
      try folder.contents.remove(SweepFolder.partialTableName)
    }
  }
}
