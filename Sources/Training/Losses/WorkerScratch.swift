import Autodiff
import Expressions
import Kernels

/// The memory of one worker: a workspace for every recorded network, registers for programs.
final class WorkerScratch: Sendable {
  let workspaces: [TapeWorkspace]
  let registers: UnsafeNumberBuffer
  let adjoints: UnsafeNumberBuffer

  init(plans: [PointSetPlan], chunkSizes: [Int], recordings: [RecordedNetwork]) {
    let sizes = Sizes(plans: plans, chunkSizes: chunkSizes, recordings: recordings)
    workspaces = zip(recordings, sizes.capacities).map { TapeWorkspace(tape: $0.tape, capacity: $1) }
    registers = UnsafeNumberBuffer(count: sizes.registerCount)
    adjoints = UnsafeNumberBuffer(count: sizes.adjointCount)
  }

  /// How large one would be.
  struct Sizes {
    /// The most points of a chunk, for each recorded network.
    private(set) var capacities: [Int]
    private(set) var registerCount = 0
    private(set) var adjointCount = 0
    private(set) var memoryNumbers: Int

    init(plans: [PointSetPlan], chunkSizes: [Int], recordings: [RecordedNetwork]) {
      capacities = [Int](repeating: 0, count: recordings.count)
      for (plan, chunkSize) in zip(plans, chunkSizes) {
        adjointCount = max(adjointCount, plan.program.registerCount * chunkSize)
        for evaluation in plan.evaluations {
          capacities[evaluation.tape] = max(capacities[evaluation.tape], chunkSize)
          registerCount = max(registerCount, recordings[evaluation.tape].features.registerCount * chunkSize)
        }
      }
      registerCount = max(registerCount, adjointCount)
      memoryNumbers =
        registerCount + adjointCount
        + zip(recordings, capacities).reduce(0) { $0 + TapeWorkspace.memoryNumbers(tape: $1.0.tape, capacity: $1.1) }
    }
  }

  var memoryNumbers: Int {
    registers.count + adjoints.count + workspaces.reduce(0) { $0 + $1.memoryNumbers }
  }
}

/// The points of a point set in memory: coordinates `[site][variable][point]`, then columns.
///
/// The numbers may be replaced between two evaluations (resampling, mini-batches) but not their count.
final class PointStore: Sendable {
  let count: Int
  let numbers: UnsafeNumberBuffer
  private let variables: Int
  private let columnOffset: Int

  init(sites: [[[Double]]], columns: [[Double]]) {
    count = sites.first?.first?.count ?? 0
    variables = sites.first?.count ?? 0
    columnOffset = sites.count * variables * count
    numbers = UnsafeNumberBuffer(count: columnOffset + columns.count * count)
    load(sites: sites, columns: columns)
  }

  /// - Precondition: the same shapes as before. No worker may be running.
  func load(sites: [[[Double]]], columns: [[Double]]) {
    var place = 0
    for row in sites.flatMap({ $0 }) + columns {
      precondition(row.count == count, "\(row.count) numbers for \(count) points")
      for value in row {
        numbers.base[place] = value
        place += 1
      }
    }
    precondition(place == numbers.count, "\(place) numbers for a store of \(numbers.count)")
  }

  /// Where the values of a variable, or of a column, start in `numbers`.
  func coordinateStart(_ variable: Int, site: Int) -> Int { (site * variables + variable) * count }
  func columnStart(_ column: Int) -> Int { columnOffset + column * count }
}
