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
  var evaluations: [Evaluation]
  var sources: [RegisterSource]
  var program: ResidualProgram
  /// Points of a chunk, a multiple of the lane count.
  var chunkSize: Int

  /// Numbers that the jets of one chunk should not exceed together: half of a second-level cache of 1 MB. Fixed, so
  /// that chunks, and with them the order of sums, depend on the problem alone and not on the machine.
  static let chunkNumbers = 65_536

  init(
    set: PointSet, networks: [Network], recordings: inout [RecordedNetwork]
  ) {
    terms = set.terms
    program = set.program
    evaluations = []
    sources = []
    var numbersPerPoint = 2 * set.program.registerCount
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
      numbersPerPoint += recordings[tape].tape.valuesPerPoint
    }
    for symbol in set.program.inputs {
      switch symbol {
      case .coordinate(let variable, let site): sources.append(.coordinate(variable: variable, site: site))
      case .unknown(let number): sources.append(.unknown(number))
      case .column(let number): sources.append(.column(number))
      case .output(let output, _, let site), .laplacian(let output, _, let site):
        guard let network = networks.firstIndex(where: { $0.outputs.contains(output) }),
          let evaluation = known[SiteOfNetwork(network: network, site: site)],
          let part = PointSetPlan.part(symbol, of: recordings[evaluations[evaluation].tape].tape.parts)
        else { preconditionFailure("output \(output) is not evaluated") }
        sources.append(
          .output(evaluation: evaluation, part: part, unit: output - networks[network].outputs.lowerBound))
      }
    }
    chunkSize = PointSetPlan.chunkSize(points: set.count, numbersPerPoint: numbersPerPoint)
  }

  private static func part(_ symbol: Symbol, of parts: DerivativeSet) -> Int? {
    switch symbol {
    case .output(_, let index, _): parts.part(index)
    case .laplacian(_, let laplacian, _): parts.part(laplacian)
    case .coordinate, .unknown, .column: nil
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

  /// As many points as fit the cache, at most 256, at least one vector, and few enough that small sets still give
  /// every thread something to do.
  private static func chunkSize(points: Int, numbersPerPoint: Int) -> Int {
    let lanes = KernelTable.laneCount
    let fitting = chunkNumbers / max(1, numbersPerPoint) / lanes * lanes
    let shared = padded((points + 15) / 16)
    return max(lanes, min(256, fitting, shared))
  }
}

/// A stretch of the points of a point set.
struct Chunk {
  var set: Int
  var start: Int
  var count: Int
}

/// The chunks of all point sets, cut into blocks of consecutive chunks of about equal cost.
///
/// Each block has sums of its own, added up afterwards in a fixed tree: which thread did which block cannot be seen in
/// the result. The number of blocks depends on the problem alone.
struct BlockPlan {
  private(set) var chunks: [Chunk] = []
  private(set) var blocks: [Range<Int>] = []

  static let mostBlocks = 32

  init(sets: [(count: Int, chunkSize: Int, costPerPoint: Int)]) {
    var costs: [Int] = []
    for (number, set) in sets.enumerated() {
      for start in stride(from: 0, to: set.count, by: set.chunkSize) {
        let count = min(set.chunkSize, set.count - start)
        chunks.append(Chunk(set: number, start: start, count: count))
        costs.append(max(1, set.costPerPoint * padded(count)))
      }
    }
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
