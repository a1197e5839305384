import Configurations
import Diagnostics
import Experiments
import Testing

private let lists: [(option: String, key: String, values: [String])] = [
  ("a.b=1,10,100", "a.b", ["1", "10", "100"]),
  ("a=1", "a", ["1"]),
  (" a = 1 , 2 ", "a", ["1", "2"]),
  ("network.hidden=[20,20],[30,30]", "network.hidden", ["[20,20]", "[30,30]"]),
  ("a=[[1,2],[3]],{ b = [1,2], c = 3 }", "a", ["[[1,2],[3]]", "{ b = [1,2], c = 3 }"]),
  ("a=\"a,b\",'c,d'", "a", ["\"a,b\"", "'c,d'"]),
  ("a=\"a\\\",b\",'c\\',d", "a", ["\"a\\\",b\"", "'c\\'", "d"]),
  ("a=\"[\",\"(\"", "a", ["\"[\"", "\"(\""]),
  ("network.activation=tanh,sin", "network.activation", ["tanh", "sin"]),
  ("equation.0.expr=u_x = max(u, 1),u_x = 2", "equation.0.expr", ["u_x = max(u, 1)", "u_x = 2"]),
  ("constants.nu=0.01/pi,-pi", "constants.nu", ["0.01/pi", "-pi"]),
  ("\"a=b\".'c,d'=1,2", "\"a=b\".'c,d'", ["1", "2"]),
  ("optimizer[0].iterations=1,2", "optimizer[0].iterations", ["1", "2"]),
  ("data.0.file=../a.csv,b..csv,./c", "data.0.file", ["../a.csv", "b..csv", "./c"]),
  ("a=µ,ü", "a", ["µ", "ü"]),
  // Ranges.
  ("a=1..5", "a", ["1", "2", "3", "4", "5"]),
  ("a=5..3", "a", ["5", "4", "3"]),
  ("a=-1..1", "a", ["-1", "0", "1"]),
  ("a=7..7", "a", ["7"]),
  ("a=1..9:5", "a", ["1", "3", "5", "7", "9"]),
  ("a=0..1:5", "a", ["0", "0.25", "0.5", "0.75", "1"]),
  ("a=0..1:11", "a", ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]),
  ("a=-0.3..0.3:7", "a", ["-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3"]),
  ("a=1..0:3", "a", ["1", "0.5", "0"]),
  ("a=1000..5000:3", "a", ["1000", "3000", "5000"]),
  ("a=log:1..1000:4", "a", ["1", "10", "100", "1000"]),
  ("a=log:1e-6..1e-3:4", "a", ["1e-6", "1e-5", "0.0001", "0.001"]),
  ("a=log:1..10:3", "a", ["1", "3.16227766017", "10"]),
  ("a=log:100..1:3", "a", ["100", "10", "1"]),
  ("a=log:1e-300..1e300:3", "a", ["1e-300", "1", "1e300"]),
  ("a=-1.5e308..1.5e308:3", "a", ["-1.5e308", "0", "1.5e308"]),
  ("a=0,1..3,10", "a", ["0", "1", "2", "3", "10"]),
  ("a=\"1..3\"", "a", ["\"1..3\""]),
]

/// With the column that is pointed at.
private let wrongLists: [(option: String, column: Int, message: String)] = [
  ("", 1, "expected key=value,value,…"),
  ("walls", 1, "expected key=value,value,…"),
  ("=1,2", 1, "expected a key before '='"),
  ("a=", 3, "expected values, found nothing"),
  ("a=  ", 3, "expected values, found nothing"),
  ("a=1,,2", 5, "a value of the list is empty"),
  ("a=1,", 5, "a value of the list is empty"),
  ("a=,1", 3, "a value of the list is empty"),
  ("a=[1,2", 3, "'[' is never closed"),
  ("a=1,2]", 6, "']' closes nothing"),
  ("a=[1,2)", 7, "')' closes nothing"),
  ("a=\"b,c", 3, "the quote is never closed"),
  ("a=\"b\\\"", 3, "the quote is never closed"),
  ("a[=1", 2, "'[' is never closed"),
  ("seed=1,2", 1, "the seed is varied by another option"),
  ("a=1..", 3, "'1..' is not a range"),
  ("a=1..x", 3, "'1..x' is not a range"),
  ("a=0,1..2..3", 5, "'1..2..3' is not a range"),
  ("a=1..2:3:4", 3, "'1..2:3:4' is not a range"),
  ("a=log:1", 3, "'log:1' is not a range"),
  ("a=log:..3:2", 3, "'log:..3:2' is not a range"),
  ("a=1..5:x", 3, "a range has between 2 and 10000 values, found 'x'"),
  ("a=1..5:1", 3, "a range has between 2 and 10000 values, found '1'"),
  ("a=1..5:10001", 3, "a range has between 2 and 10000 values, found '10001'"),
  ("a=1..5:", 3, "a range has between 2 and 10000 values, found ''"),
  ("a=1..1:3", 3, "the ends of the range are equal"),
  ("a=1..10001", 3, "a range has at most 10000 values"),
  ("a=-9e18..9e18", 3, "a range has at most 10000 values"),
  ("a=0.5..1.5", 3, "a range of numbers that are not whole needs a number of values"),
  ("a=1..1e300", 3, "a range of numbers that are not whole needs a number of values"),
  ("a=log:1..100", 3, "a logarithmic range needs a number of values"),
  ("a=log:0..100:3", 3, "the ends of a logarithmic range must be above 0"),
  ("a=log:-1..100:3", 3, "the ends of a logarithmic range must be above 0"),
]

private let base = """
  seed = 3
  [variables]
  x = [0, 1]
  [fields]
  u = {}
  [[equation]]
  expr = "u_xx = 1"
  [[condition]]
  name = "walls"
  at = ["x = 0", "x = 1"]
  expr = "u = 0"
  """

private func sweep(
  _ options: [String], seeds: SweepSeeds = .count(1), text: String = base
) throws(InputFailure) -> Sweep {
  var axes: [SweepAxis] = []
  for option in options { axes.append(try SweepAxis(option: option)) }
  return try Sweep(
    tree: try readConfiguration(text, named: "base.toml", format: .toml), settings: [], axes: axes, seeds: seeds,
    baseDirectory: "/", defaultName: "base")
}

private func failure(_ body: () throws(InputFailure) -> Void) -> InputFailure? {
  do throws(InputFailure) {
    try body()
    return nil
  } catch {
    return error
  }
}

@Suite struct SweepValueTests {
  @Test(arguments: lists.indices)
  func `a list is cut into its values`(row: Int) throws {
    let axis = try SweepAxis(option: lists[row].option)
    #expect(axis == SweepAxis(key: lists[row].key, values: lists[row].values))
  }

  @Test(arguments: wrongLists.indices)
  func `a wrong list is told at its place`(row: Int) throws {
    let (option, column, message) = wrongLists[row]
    let failure = try #require(failure { () throws(InputFailure) in _ = try SweepAxis(option: option) })
    #expect(failure.kind == .usage)
    #expect(failure.diagnostics.map(\.message) == [message])
    #expect(failure.diagnostics[0].location?.column == column)
    #expect(failure.diagnostics[0].rendered().hasPrefix("--over:1:"))
  }

  @Test func `seeds are a count or a list`() throws {
    #expect(try SweepSeeds(option: "3") == .count(3))
    #expect(try SweepSeeds(option: "1,5,9") == .list([1, 5, 9]))
    #expect(try SweepSeeds(option: "1..3") == .list([1, 2, 3]))
    #expect(try SweepSeeds(option: "0..10:3,20") == .list([0, 5, 10, 20]))
    for option in ["", "0", "-1", "x", "1,x", "1,-2", "0.5", "10001", "1,,2", "99999999999999999999"] {
      #expect(failure { () throws(InputFailure) in _ = try SweepSeeds(option: option) }?.kind == .usage, "\(option)")
    }
  }
}

@Suite struct SweepTests {
  @Test func `the first key changes slowest, the seed fastest`() throws {
    let sweep = try sweep(["loss.weights.walls=1,10", "network.hidden=[4],[5]"], seeds: .count(2))
    #expect(
      sweep.members.map { $0.values + ["\($0.seed)"] } == [
        ["1", "[4]", "3"], ["1", "[4]", "4"], ["1", "[5]", "3"], ["1", "[5]", "4"],
        ["10", "[4]", "3"], ["10", "[4]", "4"], ["10", "[5]", "3"], ["10", "[5]", "4"],
      ])
    #expect(sweep.members.map(\.number) == Array(1...8))
    #expect(sweep.members[6].settings == ["loss.weights.walls=10", "network.hidden=[5]", "seed=3"])
    #expect(sweep.members[6].experiment.network.hidden == [5])
    #expect(sweep.members[7].experiment.seed == 4)
    #expect(sweep.name == "base")
  }

  @Test func `ids are those of the runs, wherever they stand`() throws {
    let one = try sweep(["loss.weights.walls=1,10"], seeds: .list([3, 8]))
    let other = try sweep(["loss.weights.walls=10.0,7,1"], seeds: .count(1))
    let ids = one.members.map(\.id)
    #expect(ids.allSatisfy { $0.utf8.count == 12 && $0.allSatisfy(\.isHexDigit) })
    #expect(Set(ids).count == 4)
    #expect(other.members[0].id == ids[2])
    #expect(other.members[2].id == ids[0])
    #expect(one.digest != other.digest)
    #expect(try sweep(["loss.weights.walls=1,10"], seeds: .list([3, 8])).digest == one.digest)
  }

  @Test func `the same run twice is refused`() throws {
    let failure = failure { () throws(InputFailure) in
      _ = try sweep(["loss.weights.walls=1,2,1.0"], seeds: .count(2))
    }
    #expect(failure?.kind == .usage)
    #expect(failure?.diagnostics[0].message == "members 1 (1, seed 3) and 5 (1.0, seed 3) are the same run")
  }

  @Test func `too many members are refused without making them`() throws {
    let axes = ["a", "b", "c", "d"].map { "constants.\($0)=1..10000" }
    #expect(failure { () throws(InputFailure) in _ = try sweep(axes) }?.kind == .usage)
  }

  @Test func `seeds do not run over`() throws {
    let text = base.replacing("seed = 3", with: "seed = \(Int.max)")
    #expect(try sweep(["loss.weights.walls=1,2"], text: text).members.count == 2)
    #expect(
      failure { () throws(InputFailure) in _ = try sweep(["loss.weights.walls=1,2"], seeds: .count(2), text: text) }?
        .kind == .usage)
  }

  @Test func `columns are those of all members together, each name once`() throws {
    let text = base + "\n[unknowns]\nk = {}\nseed = { true = 2 }\n"
    let sweep = try sweep(
      ["equation=[{ name = \"a\", expr = \"u_xx = k*seed\" }],[{ name = \"b\", expr = \"u_xx = k*seed\" }]"],
      text: text)
    let columns = try sweep.checked(jobs: 2).columns
    #expect(
      columns.header == [
        "member", "id", "equation", "seed", "status", "iterations", "total_loss", "loss_a", "loss_walls",
        "heldout_residual", "rel_error_seed", "loss_b", "k", "seed_2", "folder", "reason",
      ])
  }

  @Test func `errors of several members are told together, with their values`() throws {
    let failure = try #require(
      failure { () throws(InputFailure) in
        _ = try sweep(["network.hidden=[4],[0]", "loss.weights.walls=-1,1"])
      })
    #expect(failure.kind == .configuration)
    let texts = failure.diagnostics.map { $0.rendered().split(separator: "\n")[0] }
    #expect(
      texts == [
        "--over:1:20: error: 'walls' of 'weights' in [loss] must be at least 0.0, found -1.0",
        "note: this is so with network.hidden=[4], loss.weights.walls=-1 and 1 more",
        "--over:1:17: error: 'hidden' in [network] must be at least 1, found 0",
        "note: this is so with network.hidden=[0], loss.weights.walls=-1 and 1 more",
      ])
  }
}
