import Autodiff
import Expressions
import KernelInterface
import Networks
import Problems

/// What each input register of a residual program is filled with.
enum RegisterSource {
  case coordinate(variable: Int, site: Int)
  /// A derivative of a network output, or a Laplacian: which evaluation, which part of its jets, which output of the network.
  case output(evaluation: Int, part: Int, unit: Int)
  case unknown(Int)
  case column(Int)
}

/// One run of a network over the points of a site, with the jets that the residuals of a point set ask for.
struct Evaluation {
  var network: Int
  var site: Int
  /// Which of the objective's tapes replays it.
  var tape: Int
}

/// A network recorded for one set of derivatives, with the program that computes its input jets.
struct RecordedNetwork {
  var network: Int
  var tape: Tape
  var features: ResidualProgram
  /// Tells apart two runs of the same recording within one point set, whose jets must live side by side.
  var copy: Int
}

/// A point set, compiled: which networks to run, how to fill the program, and how to cut the points.
struct PointSetPlan {
  /// The term of each output of the program.
  var terms: [Int]
  /// How many consecutive points a residual is the sum of.
  var groupSize: Int
  var evaluations: [Evaluation]
  var sources: [RegisterSource]
  var program: ResidualProgram
  /// Numbers that a point occupies in jets and registers.
  var numbersPerPoint: Int
  /// Multiply-adds of a point, those of its residual program counted generously.
  var costPerPoint: Int

  init(
    set: PointSet, networks: [Network], recordings: inout [RecordedNetwork]
  ) {
    terms = set.terms
    groupSize = set.groupSize
    program = set.program
    evaluations = []
    sources = []
    numbersPerPoint = 2 * set.program.registerCount
    costPerPoint = 8 * set.program.registerCount
    // Which evaluation serves the outputs of a network at a site.
    var known: [SiteOfNetwork: Int] = [:]
    for symbol in set.program.inputs {
      guard let (output, site) = symbol.networkOutput else { continue }
      guard let network = networks.firstIndex(where: { $0.outputs.contains(output) }) else {
        preconditionFailure("no network has output \(output)")
      }
      let key = SiteOfNetwork(network: network, site: site)
      guard known[key] == nil else { continue }
      let parts = networks[network].outputs.reduce(DerivativeSet(closing: [])) { parts, output in
        parts.union(set.program.derivativeSet(output: output, site: site))
      }
      let copy = evaluations.filter {
        $0.network == network && recordings[$0.tape].tape.parts == parts
      }.count
      let tape = PointSetPlan.record(networks[network], network, parts, copy, in: &recordings)
      known[key] = evaluations.count
      evaluations.append(Evaluation(network: network, site: site, tape: tape))
      let recorded = recordings[tape].tape
      numbersPerPoint += recorded.valuesPerPoint
      costPerPoint += recorded.multiplyAddsForward + recorded.multiplyAddsReverse
    }
    // Coefficients are known like columns, and stand behind them.
    var nextColumn = set.columns.count
    for symbol in set.program.inputs {
      switch symbol {
      case .coordinate(let variable, let site): sources.append(.coordinate(variable: variable, site: site))
      case .unknown(let number): sources.append(.unknown(number))
      case .column(let number): sources.append(.column(number))
      case .coefficient:
        sources.append(.column(nextColumn))
        nextColumn += 1
      case .bound, .integral: preconditionFailure("\(symbol) in a program")
      case .output(let output, _, let site), .laplacian(let output, _, let site):
        guard let network = networks.firstIndex(where: { $0.outputs.contains(output) }),
          let evaluation = known[SiteOfNetwork(network: network, site: site)],
          let part = PointSetPlan.part(symbol, of: recordings[evaluations[evaluation].tape].tape.parts)
        else { preconditionFailure("output \(output) is not evaluated") }
        sources.append(
          .output(evaluation: evaluation, part: part, unit: output - networks[network].outputs.lowerBound))
      }
    }
  }

  private static func part(_ symbol: Symbol, of parts: DerivativeSet) -> Int? {
    switch symbol {
    case .output(_, let index, _): parts.part(index)
    case .laplacian(_, let laplacian, _): parts.part(laplacian)
    case .coordinate, .unknown, .column, .coefficient, .bound, .integral: nil
    }
  }

  private struct SiteOfNetwork: Hashable {
    var network: Int
    var site: Int
  }

  private static func record(
    _ network: Network, _ number: Int, _ parts: DerivativeSet, _ copy: Int, in recordings: inout [RecordedNetwork]
  ) -> Int {
    if let known = recordings.firstIndex(where: {
      $0.network == number && $0.tape.parts == parts && $0.copy == copy
    }) {
      return known
    }
    recordings.append(
      RecordedNetwork(
        network: number, tape: network.tape(parts: parts), features: network.features.program(parts: parts),
        copy: copy))
    return recordings.count - 1
  }
}

/// A stretch of the points of a point set.
struct Chunk {
  var set: Int
  var start: Int
  var count: Int
}

/// The chunks of all point sets, and blocks of consecutive chunks of about equal cost.
///
/// A chunk has as many points as fit the cache, at most 256, at least one vector, and few enough that small problems
/// still give every thread something to do. Each block has sums of its own, added up afterwards in a fixed tree: which
/// thread did which block cannot be seen in the result. Both depend on the problem alone and not on the machine.
struct BlockPlan {
  private(set) var chunkSizes: [Int] = []
  private(set) var chunks: [Chunk] = []
  private(set) var blocks: [Range<Int>] = []

  /// Numbers that the jets of one chunk should not exceed together: three quarters of a second-level cache of 1 MB
  /// (docs/decisions/0015-chunks.md).
  static let chunkNumbers = 98_304
  static let mostPoints = 256
  static let mostBlocks = 32
  /// The least chunks that the costliest problem is cut into, as far as vectors allow.
  static let leastChunks = 20

  init(plans: [PointSetPlan], counts: [Int]) {
    let total = zip(plans, counts).reduce(0) { $0 + $1.0.costPerPoint * $1.1 }
    let lanes = KernelTable.laneCount
    var costs: [Int] = []
    for (number, (plan, count)) in zip(plans, counts).enumerated() {
      let fitting = BlockPlan.chunkNumbers / max(1, plan.numbersPerPoint) / lanes * lanes
      let shared = padded(total / BlockPlan.leastChunks / max(1, plan.costPerPoint))
      let size = max(lanes, min(BlockPlan.mostPoints, fitting, shared, padded(count)))
      chunkSizes.append(size)
      for start in stride(from: 0, to: count, by: size) {
        let points = min(size, count - start)
        chunks.append(Chunk(set: number, start: start, count: points))
        costs.append(max(1, plan.costPerPoint * padded(points)))
      }
    }
    cutBlocks(costs)
  }

  private mutating func cutBlocks(_ costs: [Int]) {
    let blockCount = min(chunks.count, BlockPlan.mostBlocks)
    guard blockCount > 0 else { return }
    let total = costs.reduce(0, +)
    var (start, spent) = (0, 0)
    for block in 0..<blockCount {
      var end = start
      // Up to the block's share of the cost, leaving at least one chunk for each block that follows.
      while end < chunks.count - (blockCount - block - 1),
        end == start || spent + costs[end] / 2 <= total * (block + 1) / blockCount
      {
        spent += costs[end]
        end += 1
      }
      if block == blockCount - 1 { end = chunks.count }
      blocks.append(start..<end)
      start = end
    }
  }
}
