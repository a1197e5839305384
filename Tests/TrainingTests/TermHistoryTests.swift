import Problems
import TestSupport
import Testing
import Training

@Suite struct TermHistoryTests {
  private let terms = [
    Term(name: "heat", kind: .equation), Term(name: "walls", kind: .condition), Term(name: "probe", kind: .data),
  ]

  /// A history in which term k is `course[k]` at iteration n.
  private func history(_ iterations: Int, _ course: (Int) -> [Double]) -> TermHistory {
    var history = TermHistory()
    for iteration in 1...iterations { history.note(course(iteration), iteration: iteration) }
    return history
  }

  @Test func `terms are kept at powers of two`() {
    #expect(history(9) { [Double($0)] }.rows == [[1], [2], [4], [8]])
    #expect(history(8) { [Double($0)] }.rows.count == 4)
    // Taken up behind iteration 1 of a run whose earlier rows were not kept: nothing is told.
    var late = TermHistory()
    late.note([1], iteration: 70)
    #expect(late.rows.isEmpty && late.plateau([terms[0]], weights: [1], values: [1], iterations: 70) == nil)
  }

  @Test func `a term that carries the loss and rests is told, with its share`() {
    let resting = history(100) { [1e-9, $0 < 60 ? 4.0 : 1, 0] }
    // Iteration 32 is the last power of two in the first half.
    let note = resting.plateau(terms, weights: [1, 2, 1], values: [1e-3, 2.001, 1e-3], iterations: 100)
    #expect(
      note
        == "training came to rest on 'walls', which is 100.0 % of the loss and fell by less than half over the last half of the iterations: it contradicts other terms, or asks for a larger network, other features or another weight"
    )
    for (weights, values, iterations) in [
      // It fell by half; it is 98.9 % of the loss; it has weight 0; too few iterations to tell.
      ([1, 2, 1], [1e-3, 1.999, 1e-3], 100), ([1, 1, 1], [0.033, 3, 0], 100), ([1, 0, 1], [1e-3, 3, 1e-3], 100),
      ([1, 2, 1], [1e-3, 3, 1e-3], 63),
    ] as [([Double], [Double], Int)] {
      #expect(resting.plateau(terms, weights: weights, values: values, iterations: iterations) == nil)
    }
  }

  @Test func `data at their noise, converged terms, constraints and energies are not told`() {
    let data = history(100) { _ in [1, 1, 1] }
    #expect(data.plateau(terms, weights: [1, 1, 1], values: [1e-5, 1e-5, 1], iterations: 100) == nil)
    let converged = history(100) { [$0 == 1 ? 1 : 0.9e-6, 0, 0] }
    #expect(converged.plateau(terms, weights: [1, 1, 1], values: [0.9e-6, 0, 0], iterations: 100) == nil)
    let exact = [Term(name: "heat", kind: .equation, isConstraint: true), terms[1]]
    let flat = history(100) { _ in [1, 0] }
    #expect(flat.plateau(exact, weights: [1, 1], values: [1, 0], iterations: 100) == nil)
    let energy = [terms[0], Term(name: "energy", kind: .energy)]
    #expect(flat.plateau(energy, weights: [1, 1], values: [1, 0], iterations: 100) == nil)
    #expect(flat.plateau(energy, weights: [1, 0], values: [1, 0], iterations: 100) != nil)
  }

  /// Two units do not follow a hundred swings.
  @Test func `what a network cannot follow is told at the end of training, alone or beside terms that hold`() throws {
    let alone = """
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = { name = "wave", expr = "u = sin(300*x)" }
      sampling = { interior = 200 }
      network = { hidden = [2] }
      optimizer = { method = "adam", iterations = 300, learning_rate = 1e-2 }

      """
    let recorder = Recorder()
    let problem = try assembled(alone)
    _ = trained(problem, recorder)
    #expect(
      recorder.notes == [
        "training came to rest: 'wave' fell by less than half over the last half of the iterations; a larger network, other features or another method get further than more iterations"
      ])
    let beside = Recorder()
    let both = try assembled(
      alone + "condition = { name = \"end\", at = \"x = 0\", expr = \"u = 0\" }\n")
    _ = trained(both, beside)
    #expect(beside.notes.count == 1 && beside.notes[0].hasPrefix("training came to rest on 'wave', which is "))
  }
}
