import Autodiff
import Kernels
package import Networks
package import Problems

extension Objective {
  /// `memoryNumbers` of the objective that these would make, known without making it.
  package static func memoryNumbers(
    _ lossTerms: LossTerms, networks: [Network], layout: ParameterLayout, threadCount: Int
  ) -> Int {
    var plans: [PointSetPlan] = []
    var recordings: [RecordedNetwork] = []
    for set in lossTerms.pointSets {
      plans.append(PointSetPlan(set: set, networks: networks, recordings: &recordings))
    }
    let blockPlan = BlockPlan(plans: plans, counts: lossTerms.pointSets.map(\.count))
    let sumStride = padded(lossTerms.terms.count + layout.packing.packedCount + layout.unknowns.count)
    let scratch = WorkerScratch.Sizes(plans: plans, chunkSizes: blockPlan.chunkSizes, recordings: recordings)
    let groups = lossTerms.pointSets.filter { $0.groupSize > 1 }.map { GroupSums.memoryNumbers($0) }
    return sumStride * max(1, blockPlan.blocks.count) + threadCount * scratch.memoryNumbers + groups.reduce(0, +)
  }
}
