package import Configurations
package import Diagnostics
import Hashing
package import Kernels
import Synchronization
import Training

/// One run of a sweep.
package struct SweepMember: Sendable {
  /// From 1, in the order of the table.
  package var number: Int
  /// Beginning of the hash of the resolved configuration: the same run has the same id in every sweep.
  package var id: String
  /// One for each axis.
  package var values: [String]
  package var seed: Int
  /// What `--set` must say to get the configuration of this run from the file.
  package var settings: [String]
  package var experiment: Experiment
}

/// All combinations of the values of some keys, each with some seeds.
///
/// The first axis changes slowest, the seed fastest. Two members are never the same run.
package struct Sweep: Sendable {
  /// Of the experiment.
  package let name: String
  package let axes: [SweepAxis]
  package let members: [SweepMember]

  /// The most members of a sweep.
  package static let memberLimit = 10_000

  /// - Parameters: `settings` are those already applied to `tree`, for `SweepMember.settings`.
  /// - Throws: `.usage` for a key that stands twice, members that are the same run, or too many of them; otherwise what is
  ///   wrong with the configurations of the members, with their values.
  package init(
    tree: LocatedTable, settings: [String], axes: [SweepAxis], seeds: SweepSeeds, baseDirectory: String,
    defaultName: String
  ) throws(InputFailure) {
    try Sweep.checkSize(axes, seeds)
    var members: [SweepMember] = []
    var failures = MemberFailures()
    for values in Sweep.combinations(axes) {
      let assignments = zip(axes, values).map { "\($0.key)=\($1)" }
      do throws(InputFailure) {
        var tree = tree
        for assignment in assignments { try applyToExperiment(setting: assignment, &tree) }
        let own = try Experiment(from: tree, baseDirectory: baseDirectory, defaultName: defaultName)
        for seed in try seeds.values(from: own.seed) {
          var experiment = own
          if UInt64(seed) != own.seed {
            var member = tree
            try apply(setting: "seed=\(seed)", to: &member)
            experiment = try Experiment(from: member, baseDirectory: baseDirectory, defaultName: defaultName)
          }
          members.append(
            SweepMember(
              number: members.count + 1, id: String(configurationDigest(experiment).prefix(Sweep.idLength)),
              values: values, seed: seed, settings: settings + assignments + ["seed=\(seed)"],
              experiment: experiment))
        }
      } catch {
        // Every seed of this combination fails alike; numbers do not matter any more.
        failures.add(error, of: Sweep.description(axes, values), assignments: assignments)
      }
    }
    try failures.throwIfAny(of: axes.reduce(1) { $0 * $1.values.count })
    try Sweep.checkDistinct(members, axes)
    self.axes = axes
    self.members = members
    name = members[0].experiment.name
  }

  private static let idLength = 12

  /// Hash of what the sweep consists of.
  package var digest: String {
    hexadecimal(fnv1a(members.map(\.id).joined(separator: "\n").utf8))
  }

  /// `walls=10, seed 2`, for messages.
  package func description(of member: SweepMember) -> String {
    let values = Sweep.description(axes, member.values)
    return (values.isEmpty ? "" : values + ", ") + "seed \(member.seed)"
  }

  private static func description(_ axes: [SweepAxis], _ values: [String]) -> String {
    zip(axes, values).map { "\($0.key)=\($1)" }.joined(separator: ", ")
  }

  private static func checkSize(_ axes: [SweepAxis], _ seeds: SweepSeeds) throws(InputFailure) {
    for (number, axis) in axes.enumerated() where axes[..<number].contains(where: { $0.key == axis.key }) {
      throw InputFailure(
        .usage, "'\(axis.key)' is varied twice", help: "give all values at once: --over \(axis.key)=1,10,100")
    }
    var count =
      switch seeds {
      case .count(let count): count
      case .list(let list): list.count
      }
    for factor in [1] + axes.map(\.values.count) {
      count *= factor
      guard count <= memberLimit else {
        throw InputFailure(
          .usage, "the sweep has more than \(memberLimit) members", help: "split it into several with --out")
      }
    }
  }

  private static func combinations(_ axes: [SweepAxis]) -> [[String]] {
    axes.reduce([[]]) { combinations, axis in
      combinations.flatMap { combination in axis.values.map { combination + [$0] } }
    }
  }

  private static func checkDistinct(_ members: [SweepMember], _ axes: [SweepAxis]) throws(InputFailure) {
    var seen: [String: SweepMember] = [:]
    for member in members {
      if let earlier = seen.updateValue(member, forKey: member.id) {
        let text = { (member: SweepMember) in (member.values + ["seed \(member.seed)"]).joined(separator: ", ") }
        throw InputFailure(
          .usage,
          "members \(earlier.number) (\(text(earlier))) and \(member.number) (\(text(member))) are the same run",
          help: "leave one of the values out")
      }
    }
  }

  // MARK: Before training

  /// Assembles every member, `jobs` at a time, and forgets it again.
  ///
  /// - Parameters: `threads` of each member and the `memory` that all those trained at the same time may take together; nil
  ///   for whatever they need.
  /// - Returns: the columns of the table, and what the user should know.
  /// - Throws: what is wrong with the members, with their values.
  package func checked(
    jobs: Int, threads: Int = 1, memory: MemoryLimit? = nil
  ) throws(InputFailure) -> (columns: SweepColumns, notes: [String]) {
    for member in members { try MemoryEstimate.checkLeast(member.experiment, against: memory) }
    enum Outcome: Sendable {
      case columns(SweepColumns, notes: [String], MemoryEstimate)
      case failure(InputFailure)
    }
    let outcomes = Mutex<[Int: Outcome]>([:])
    WorkerPool(threadCount: min(jobs, members.count)).run(count: members.count) { item, _ in
      let outcome: Outcome
      do throws(InputFailure) {
        let problem = try AssembledProblem(members[item].experiment)
        outcome = .columns(
          SweepColumns(axes: axes, problem), notes: problem.notes, MemoryEstimate(problem, threads: threads))
      } catch {
        outcome = .failure(error)
      }
      outcomes.withLock { $0[item] = outcome }
    }
    var columns = SweepColumns(axes: axes)
    var notes: [String] = []
    var largest: MemoryEstimate?
    var failures = MemberFailures()
    let found = outcomes.withLock { $0 }
    for (item, member) in members.enumerated() {
      switch found[item] {
      case .columns(let own, let ownNotes, let memory)?:
        columns.formUnion(own)
        if memory.needed > largest?.needed ?? 0 { largest = memory }
        for note in ownNotes where !notes.contains(note) { notes.append(note) }
      case .failure(let failure)?:
        failures.add(
          failure, of: description(of: member), assignments: zip(axes, member.values).map { "\($0.key)=\($1)" })
      case nil: break
      }
    }
    try failures.throwIfAny(of: members.count)
    try largest?.check(against: memory, copies: min(jobs, members.count))
    return (columns, notes)
  }
}

/// The hash that names a run: of its resolved configuration.
func configurationDigest(_ experiment: Experiment) -> String { configurationDigest(tomlText(of: experiment.resolved)) }

/// The same of the text of a resolved configuration.
func configurationDigest(_ text: String) -> String { hexadecimal(fnv1a(text.utf8)) }

/// What is wrong with some members; what is wrong with several is told once.
private struct MemberFailures {
  private var complaints: [(diagnostic: Diagnostic, text: String, members: [String])] = []
  private var kind = FailureKind.configuration

  private static let limit = 20

  mutating func add(_ failure: InputFailure, of member: String, assignments: [String]) {
    if complaints.isEmpty { kind = failure.kind }
    for diagnostic in failure.diagnostics {
      var diagnostic = diagnostic
      // The user wrote `--over`, and `--set` is how its values are applied.
      if let file = diagnostic.location?.file, file.name == "--set" {
        let text = file.lines.joined(separator: "\n")
        if assignments.contains(text) { diagnostic.location?.file = SourceFile(name: "--over", text: text) }
      }
      let text = diagnostic.rendered()
      if let index = complaints.firstIndex(where: { $0.text == text }) {
        complaints[index].members.append(member)
      } else {
        complaints.append((diagnostic, text, [member]))
      }
    }
  }

  /// - Parameters: `count` says how many could have failed: what is wrong with all of them needs no names.
  func throwIfAny(of count: Int) throws(InputFailure) {
    guard !complaints.isEmpty else { return }
    var diagnostics: [Diagnostic] = []
    let shown = complaints.prefix(MemberFailures.limit)
    for (index, complaint) in shown.enumerated() {
      diagnostics.append(complaint.diagnostic)
      let members = complaint.members
      let next = index + 1 < shown.count ? shown[index + 1].members : []
      guard members.count < count, next != members else { continue }
      let others = members.count == 1 ? "" : " and \(members.count - 1) more"
      diagnostics.append(Diagnostic(.note, "this is so with \(members[0])\(others)"))
    }
    if complaints.count > shown.count {
      diagnostics.append(Diagnostic(.note, "only the first \(shown.count) of \(complaints.count) errors are shown"))
    }
    throw InputFailure(kind, diagnostics)
  }
}
