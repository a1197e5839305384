import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

/// Cases of one and of several outputs, of networks at one and at two sites, with few and with many parts.
private let sizedCases = [burgersCase, objectiveCases[2], objectiveCases[5], objectiveCases[11]]

@Suite struct ObjectiveSizeTests {
  /// Where the chunks start and how many residuals each has.
  private func chunks(_ objective: Objective, _ theta: [Double]) -> [[Int]] {
    var chunks: [[Int]] = []
    objective.forEachJacobianBlock(theta) { firstRow, rowCount, _ in chunks.append([firstRow, rowCount]) }
    return chunks
  }

  @Test(arguments: sizedCases)
  func `ten times the points take no more memory beside themselves`(_ example: ObjectiveCase) throws {
    // So many that chunks are as large, and blocks as many, as they get.
    let few = try example.with(interiorPoints: 20_000).assembled()
    let many = try example.with(interiorPoints: 200_000).assembled()
    for threads in [1, 4] {
      #expect(many.objective(threads: threads).memoryNumbers == few.objective(threads: threads).memoryNumbers)
    }
  }

  @Test(arguments: sizedCases)
  func `memory grows with threads by what one of them works with`(_ example: ObjectiveCase) throws {
    let problem = try example.with(interiorPoints: 2000).assembled()
    let numbers = (1...4).map { problem.objective(threads: $0).memoryNumbers }
    let each = numbers[1] - numbers[0]
    #expect(each > 0)
    #expect(numbers == (0..<4).map { numbers[0] + $0 * each })
  }

  @Test(arguments: objectiveCases)
  func `F18 the size is known before anything is allocated`(_ example: ObjectiveCase) throws {
    let problem = try example.with(interiorPoints: 700).assembled()
    for threads in [1, 3] {
      let known = Objective.memoryNumbers(
        problem.setup.loss, networks: problem.setup.networks, layout: problem.setup.layout, threadCount: threads)
      #expect(known == problem.objective(threads: threads).memoryNumbers)
    }
  }

  @Test(arguments: objectiveCases)
  func `chunks do not depend on threads or instruction sets`(_ example: ObjectiveCase) throws {
    for count in [3, 1000] {
      let problem = try example.with(interiorPoints: count).assembled()
      let theta = problem.perturbedParameters()
      let expected = chunks(problem.objective(), theta)
      // Together they are all residuals, in order.
      var row = 0
      for chunk in expected {
        #expect(chunk[0] == row && chunk[1] > 0)
        row += chunk[1]
      }
      #expect(row == problem.setup.loss.residualCounts.reduce(0, +))
      for instructionSet in InstructionSet.supported {
        for threads in [1, 2, 3, 8] {
          #expect(chunks(problem.objective(threads: threads, instructionSet: instructionSet), theta) == expected)
        }
      }
    }
  }
}
