import Autodiff
import Configurations
import Diagnostics
import Experiments
import Expressions
import Networks
import Problems
import TestSupport
import Testing
import Training

/// Groups of rows, fields and unknowns: decay S' = −k S + c in three voxels with a common c.
@Suite struct GroupTests {
  private static let data = "voxel,t,S\n1,0,1\n2,0.5,2\n1,1,3\n3,1,4\n2,1.5,5\n"

  private func text(_ extra: String = "", groups: String = "voxel = 3", fields: String = "S = { per = \"voxel\" }")
    -> String
  {
    """
    variables = { t = [0, 2] }
    groups = { \(groups) }
    fields = { \(fields) }
    unknowns = { k = { guess = 0.7, per = "voxel" }, c = 0.5 }
    equation = { expr = "S_t = -k*S + c" }
    network = { hidden = [4] }
    sampling = { interior = 7, heldout = 64 }
    \(extra)
    """
  }

  private func message(_ text: String, data: String = data) -> String? {
    let folder = TemporaryFolder()
    folder.write(data, to: "voxels.csv")
    return refusal(text, baseDirectory: folder.path)?.diagnostics.map {
      $0.message + ($0.help.map { "; \($0)" } ?? "")
    }.joined(separator: " | ")
  }

  @Test func `fields and unknowns of groups are there once for each, terms once for all`() throws {
    let found = try assembled(text())
    #expect(found.model.fieldNames == ["S[1]", "S[2]", "S[3]"])
    #expect(found.setup.layout.unknowns.map(\.name) == ["k[1]", "k[2]", "k[3]", "c"])
    #expect(found.setup.loss.terms.map(\.name) == ["equation"])
    #expect(found.setup.loss.residualCounts == [3 * 7])
    #expect(found.setup.networks.map(\.outputs) == [0..<3])
  }

  @Test func `the residual of a group reads its own field and unknown and the common ones`() throws {
    let found = try assembled(text())
    let program = found.setup.loss.pointSets[0].program
    var values: [Symbol: Double] = [:]
    for (number, (s, rate)) in zip([2.0, 3, 5], [7.0, 11, 13]).enumerated() {
      values[.output(number, .value, site: 0)] = s
      values[.output(number, MultiIndex([0]), site: 0)] = rate
      values[.unknown(number)] = s + 0.5
    }
    values[.unknown(3)] = 0.25
    let residuals = program.evaluate(program.inputs.map { values[$0] ?? .nan })
    #expect(residuals == [7 + 2.5 * 2 - 0.25, 11 + 3.5 * 3 - 0.25, 13 + 5.5 * 5 - 0.25])
  }

  @Test func `a network of each group's own has outputs of its own`() throws {
    let shared = try assembled(text("networks = { net = { outputs = \"S\", hidden = [3] } }"))
    #expect(shared.setup.networks.map(\.outputs) == [0..<3])
    let own = try assembled(text("networks = { net = { outputs = \"S\", hidden = [3], per = \"voxel\" } }"))
    #expect(own.setup.networks.map(\.outputs) == [0..<1, 1..<2, 2..<3])
    #expect(own.model.networks.map(\.name) == ["net[1]", "net[2]", "net[3]"])
    // Outputs that are no fields.
    let raw = try assembled(
      text(
        "networks = { net = { outputs = \"a\", hidden = [3], per = \"voxel\" } }",
        fields: "S = { expr = \"t*a\", per = \"voxel\" }"))
    #expect(raw.setup.networks.count == 3 && raw.model.fieldNames.count == 3)
  }

  @Test func `rows belong to the group that their column names`() throws {
    let folder = TemporaryFolder()
    folder.write(GroupTests.data, to: "voxels.csv")
    for use in ["", "use = \"S\", ", "expr = \"S = signal\", columns = { }, "] {
      folder.write(
        use.contains("signal") ? GroupTests.data.replacing("t,S", with: "t,signal") : GroupTests.data, to: "voxels.csv")
      let found = try assembled(
        text("data = { name = \"signal\", \(use)file = \"voxels.csv\" }"), baseDirectory: folder.path)
      let sets = found.setup.loss.pointSets.dropFirst()
      #expect(sets.map(\.count) == [2, 2, 1])
      #expect(sets.map { $0.columns[0] } == [[1, 3], [2, 5], [4]])
      #expect(sets.map { $0.sites[0][0] } == [[0, 1], [0.5, 1.5], [1]])
      #expect(
        sets.map { $0.program.inputs.compactMap { $0.networkOutput?.number } } == [[0], [1], [2]])
      #expect(found.setup.loss.residualCounts == [21, 5])
    }
  }

  @Test func `a row may tell of several groups in columns of their own`() throws {
    let folder = TemporaryFolder()
    folder.write("t,a,b,S[3]\n0,1,2,3\n1,4,5,6\n", to: "voxels.csv")
    let columns = "columns = { \"S[1]\" = \"a\", \"S[2]\" = \"b\" }, file = \"voxels.csv\""
    let clean = [[1.0, 4], [2, 5], [3, 6]]
    for use in ["", "use = \"S\", "] {
      let found = try assembled(text("data = { \(use)\(columns) }"), baseDirectory: folder.path)
      let sets = found.setup.loss.pointSets.dropFirst()
      #expect(sets.map { $0.columns[0] } == clean)
      #expect(sets.map { $0.sites[0][0] } == [[0, 1], [0, 1], [0, 1]])
      #expect(sets.map { $0.program.inputs.compactMap { $0.networkOutput?.number } } == [[0], [1], [2]])
      #expect(found.setup.loss.residualCounts == [21, 6])
    }
    // Each has a noise of its own.
    let noisy = try assembled(text("data = { noise = 0.5, \(columns) }"), baseDirectory: folder.path)
    let noise = zip(noisy.setup.loss.pointSets.dropFirst(), clean).flatMap { set, values in
      zip(set.columns[0], values).map { $0 - $1 }
    }
    #expect(Set(noise).count == 6 && noise.allSatisfy { $0 != 0 && abs($0) < 3 })
    let known = try assembled(text("reference = { \(columns) }"), baseDirectory: folder.path)
    #expect(known.references.flatMap { $0.values.map(\.field) } == [0, 1, 2])
    #expect(known.references.flatMap { $0.values.map(\.values) } == clean)
    // Fewer groups than there are, but no column that is not there.
    let two = try assembled(
      text("data = { columns = { \"S[1]\" = \"a\" }, file = \"voxels.csv\" }"), baseDirectory: folder.path)
    #expect(two.setup.loss.residualCounts == [21, 4])
    let missing = message(
      text("data = { columns = { \"S[1]\" = \"c\" }, file = \"voxels.csv\" }"), data: "t,a,S[3]\n0,1,2\n")
    #expect(
      missing?.hasSuffix(
        "has no column 'c'; columns are t, a, S[3]; name the column of 'S[1]': columns = { S[1] = \"…\" }") == true,
      "\(missing ?? "")")
    #expect(
      message(text("data = { columns = { \"S[4]\" = \"a\" }, file = \"voxels.csv\" }"))?
        .hasPrefix("'S[4]' in 'columns' is neither a variable nor a field") == true)
  }

  @Test func `labels may be words, and columns may be called otherwise`() throws {
    let folder = TemporaryFolder()
    folder.write("side,t,S\nright,0,1\nleft,1,2\nright,2,3\n", to: "voxels.csv")
    let found = try assembled(
      text(
        "data = { file = \"voxels.csv\", columns = { voxel = \"side\" } }",
        groups: "voxel = { labels = [\"left\", \"right\"] }"), baseDirectory: folder.path)
    #expect(found.model.fieldNames == ["S[left]", "S[right]"])
    #expect(found.setup.loss.pointSets.dropFirst().map { $0.columns[0] } == [[2], [1, 3]])
  }

  @Test func `conditions, soft, hard and at rows, are there for each group`() throws {
    let folder = TemporaryFolder()
    folder.write("voxel,t,start\n1,0,1\n2,0,2\n3,0,3\n", to: "voxels.csv")
    let soft = try assembled(text("condition = { at = \"t = 0\", expr = \"S = k\" }"))
    #expect(soft.setup.loss.residualCounts == [21, 3])
    let hard = try assembled(text("condition = { at = \"t = 0\", expr = \"S = k\", enforce = \"hard\" }"))
    #expect(hard.setup.loss.pointSets[0].program.inputs.contains(.unknown(2)))
    let rows = try assembled(
      text("condition = { at = \"t = 0\", file = \"voxels.csv\", expr = \"S = start\" }"), baseDirectory: folder.path)
    #expect(rows.setup.loss.pointSets.dropFirst().map { $0.columns[0] } == [[1], [2], [3]])
  }

  @Test func `references have values for each group`() throws {
    let folder = TemporaryFolder()
    folder.write(GroupTests.data, to: "voxels.csv")
    let file = try assembled(text("reference = { file = \"voxels.csv\" }"), baseDirectory: folder.path)
    #expect(file.references.map { $0.values.map(\.field) } == [[0], [1], [2]])
    #expect(file.references.map(\.number) == [0, 0, 0])
    let exact = try assembled(text("reference = { expr = \"S = 2*t\" }\nrequire = { \"rel_l2_S[2]\" = 1 }"))
    #expect(exact.references.map { $0.values.map(\.field) } == [[0, 1, 2]])
  }

  @Test func `only the named unknowns of groups are estimated`() throws {
    let (held, notes) = try experiment(text()).estimating(only: ["k"], baseDirectory: "/")
    #expect(held.unknowns.map(\.name) == ["k[1]", "k[2]", "k[3]"] && notes.count == 1)
    let (other, _) = try experiment(text()).estimating(only: ["c"], baseDirectory: "/")
    #expect(other.unknowns.map(\.name) == ["c"] && other.constants.map(\.name) == ["k"])
  }

  @Test func `true values are one for all groups or one for each`() throws {
    func unknowns(_ truth: String) -> String {
      text().replacing("guess = 0.7, per", with: "guess = 0.7, true = \(truth), per")
    }
    #expect(try experiment(unknowns("[0.1, \"1/5\", 0.3]")).unknowns.map(\.truth) == [0.1, 0.2, 0.3, nil])
    #expect(try experiment(unknowns("0.4")).unknowns.map(\.truth) == [0.4, 0.4, 0.4, nil])
    #expect(try experiment(unknowns("[0.4]")).unknowns.map(\.truth) == [0.4, 0.4, 0.4, nil])
    // The errors of estimates are each against its own.
    let folder = TemporaryFolder()
    let report = try train(
      try experiment(
        unknowns("[0.1, 0.2, 0.3]") + "\noptimizer = { method = \"adam\", iterations = 1, learning_rate = 1e-9 }",
        baseDirectory: folder.path), options: RunOptions(folder: folder["run"], threads: 1))
    for (number, truth) in [0.1, 0.2, 0.3].enumerated() {
      let error = try #require(report.metrics.first { $0.name == "rel_error_k[\(number + 1)]" }?.value)
      #expect(abs(error - (0.7 - truth) / truth) < 1e-6)
    }
  }

  @Test func `true values that are not as many as groups are refused`() throws {
    func place(_ failure: InputFailure?) -> String? {
      failure?.diagnostics.first?.location.map { "\($0.line):\($0.column)" }
    }
    let two = refusal(text().replacing("guess = 0.7, per", with: "guess = 0.7, true = [1, 2], per"))
    #expect(
      two?.diagnostics.map(\.message) == ["unknown 'k' has 3 groups, and 'true' has 2 values"] && place(two) == "4:40")
    let one = refusal(text().replacing("c = 0.5", with: "c = { guess = 0.5, true = [1, 2] }"))
    #expect(one?.diagnostics.map(\.message) == ["unknown 'c' is one number, and 'true' has 2 values"])
    #expect(place(one) == "4:76")
  }

  @Test func `unknowns whose true values differ are not held at them`() throws {
    let different = try experiment(text().replacing("guess = 0.7, per", with: "guess = 0.7, true = [1, 2, 2], per"))
    let failure = #expect(throws: InputFailure.self) { try different.estimating(only: ["c"], baseDirectory: "/") }
    #expect(
      failure?.diagnostics.map(\.message) == [
        "unknown 'k' cannot be held: its true values differ from group to group"
      ])
    #expect(failure?.diagnostics.first?.location?.line == 4)
    let same = try experiment(text().replacing("guess = 0.7, per", with: "guess = 0.7, true = [2, 2, 2], per"))
    #expect(try same.estimating(only: ["c"], baseDirectory: "/").experiment.constants.map(\.value) == [2])
    let fixed = try experiment(
      text().replacing("guess = 0.7, per", with: "guess = 0.7, fixed = 3, true = [1, 2, 2], per"))
    #expect(try fixed.estimating(only: ["c"], baseDirectory: "/").experiment.constants.map(\.value) == [3])
  }

  @Test func `mistakes with groups are explained`() {
    #expect(message(text("data = { file = \"voxels.csv\" }")) == nil)
    #expect(
      message(text("data = { file = \"voxels.csv\" }", groups: "voxel = 2"))
        == "there is no voxel '3'; labels are 1, 2; leave such rows out with 'where'")
    #expect(
      message(text("data = { file = \"voxels.csv\" }"), data: "t,S\n0,1\n")?.contains("has no column 'voxel'") == true)
    #expect(message(text(groups: "voxels = 3"))?.hasPrefix("there is no group 'voxel'; did you mean 'voxels'?") == true)
    #expect(
      message(text(groups: "voxel = 2, day = 3"))
        == "[groups] names a second kind of group, one is supported; make one kind of all combinations, \"case = 6\", with a column 'case' in the files; what some of them share is unknown for each, or the same in all"
    )
    #expect(
      message(text(groups: "voxel = { labels = [\"a\", \"a\"] }")) == "group 'voxel' has the label 'a' twice")
    #expect(message(text(groups: "voxel = { labels = [\"a,b\"] }"))?.hasPrefix("'a,b' cannot be the label") == true)
    #expect(
      message(text(groups: "voxel = { labels = [\"a\"], count = 2 }"))
        == "group 'voxel' has 1 labels, 'count' says 2; leave 'count' out")
    #expect(
      message(text(fields: "S = { per = \"voxel\" }, q = \"2*S\""))
        == "field 'q' is the same for all groups, but uses what each voxel has of its own; give it per = \"voxel\" too")
  }
}
