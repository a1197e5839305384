import Experiments
import Kernels
import LinearAlgebra
import TestSupport
import Testing
import Training

/// Unknowns and conditions on several faces; networks that run at two sites; sums over groups of points; networks that
/// run at many; many points of one set.
private let allocationCases =
  [
    objectiveCases[2].with(interiorPoints: 500), objectiveCases[11].with(interiorPoints: 300),
    objectiveCases[12].with(interiorPoints: 100), objectiveCases[14], objectiveCases[16],
    burgersCase.with(interiorPoints: 2000),
  ] + architectureCases.filter { !$0.name.contains("order") }.map { $0.with(interiorPoints: 300) }

/// Steps that fill the ring of pairs and bring everything into its final place.
private let warmUpSteps = 12
private let history = 5

@Suite(.enabled(if: AllocationCounter.isAvailable)) struct AllocationTests {
  @Test(arguments: allocationCases, [1, 2])
  func `F22 loss and gradient allocate nothing`(_ example: ObjectiveCase, _ threads: Int) throws {
    let problem = try example.assembled()
    let objective = problem.objective(threads: threads)
    let theta = problem.perturbedParameters()
    var values = [Double](repeating: 0, count: objective.terms.count)
    var gradient = [Double](repeating: 0, count: theta.count)
    objective.evaluate(theta, values: &values, gradient: &gradient)
    let count = AllocationCounter.count(objective.pool) {
      for _ in 0..<3 { objective.evaluate(theta, values: &values, gradient: &gradient) }
    }
    #expect(count == 0)
  }

  @Test(arguments: allocationCases, [1, 2])
  func `a step of Adam allocates nothing`(_ example: ObjectiveCase, _ threads: Int) throws {
    let problem = try example.assembled()
    let objective = problem.objective(threads: threads)
    let loss = WeightedLoss(objective: objective, heldFrom: nil)
    let theta = problem.perturbedParameters()
    for kind in ScheduleKind.allCases {
      let settings = AdamSettings(
        learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
        schedule: Schedule(kind: kind, rate: 0.5, steps: 10, iterations: 100))
      var adam = Adam(start: theta, settings: settings, factors: theta.map { _ in 1 })
      _ = adam.step(loss)
      let count = AllocationCounter.count(objective.pool) { for _ in 0..<3 { _ = adam.step(loss) } }
      #expect(count == 0, "\(kind)")
      #expect(adam.value.isFinite)
    }
  }

  @Test(arguments: allocationCases, [1, 2])
  func `a step of L-BFGS allocates nothing when the ring is full`(_ example: ObjectiveCase, _ threads: Int) throws {
    let problem = try example.assembled()
    let objective = problem.objective(threads: threads)
    let loss = WeightedLoss(objective: objective, heldFrom: objective.layout.unknownOffset)
    var optimizer = LBFGS(start: problem.perturbedParameters(), history: history)
    for _ in 0..<warmUpSteps { _ = optimizer.step(loss) }
    try #require(optimizer.memory["rho"]?.count == history)
    var outcome = StepOutcome.nonFinite
    for _ in 0..<2 * history {
      let count = AllocationCounter.count(objective.pool) { outcome = optimizer.step(loss) }
      guard case .moved = outcome else { break }
      #expect(count == 0)
    }
    #expect(optimizer.memory["rho"]?.count == history)
  }

  @Test(arguments: [burgersCase.with(interiorPoints: 500)], [1, 2])
  func `a step of SOAP or Muon allocates nothing`(_ example: ObjectiveCase, _ threads: Int) throws {
    let problem = try example.assembled()
    let objective = problem.objective(threads: threads)
    let loss = WeightedLoss(objective: objective, heldFrom: nil)
    let theta = problem.perturbedParameters()
    let settings = AdamSettings(
      learningRate: 1e-3, schedule: Schedule(kind: .constant, rate: 1, steps: 1, iterations: 100),
      preconditionEvery: 2)
    let matrices = [WeightMatrix(offset: 0, rows: 9, columns: theta.count / 9)]
    var soap = SOAP(
      start: theta, settings: settings, factors: theta.map { _ in 1 }, matrices: matrices, pool: objective.pool)
    var muon = Muon(
      start: theta, settings: settings, factors: theta.map { _ in 1 }, matrices: matrices, pool: objective.pool)
    _ = (soap.step(loss), muon.step(loss))
    let count = AllocationCounter.count(objective.pool) {
      for _ in 0..<4 { _ = (soap.step(loss), muon.step(loss)) }
    }
    #expect(count == 0)
    #expect(soap.value.isFinite && muon.value.isFinite)
  }

  @Test(arguments: [burgersCase.with(interiorPoints: 500)], [1, 2])
  func `a step of BFGS and its kin allocates nothing`(_ example: ObjectiveCase, _ threads: Int) throws {
    let problem = try example.assembled()
    let objective = problem.objective(threads: threads)
    let loss = WeightedLoss(objective: objective, heldFrom: nil)
    for update in BroydenUpdate.allCases {
      var optimizer = QuasiNewton(start: problem.perturbedParameters(), update: update, pool: objective.pool)
      for _ in 0..<3 { _ = optimizer.step(loss) }
      var outcome = StepOutcome.nonFinite
      let count = AllocationCounter.count(objective.pool) { for _ in 0..<5 { outcome = optimizer.step(loss) } }
      #expect(count == 0, "\(update)")
      #expect(outcome != .nonFinite && outcome != .lineSearchFailed)
    }
  }

  @Test(arguments: allocationCases, [1, 2])
  func `normal equations, factors and solutions allocate nothing`(_ example: ObjectiveCase, _ threads: Int) throws {
    let problem = try example.assembled()
    let objective = problem.objective(threads: threads)
    let theta = problem.perturbedParameters()
    let equations = NormalEquations(objective)
    let factorization = CholeskyFactorization(order: theta.count, pool: objective.pool)
    let step = UnsafeNumberBuffer(count: theta.count)
    var failed = false
    func solve() {
      objective.sumSquares(theta, into: equations)
      failed = factorization.factor(equations.matrix, shift: .constant(1)) != nil || failed
      equations.matrix.copyRow(theta.count, count: theta.count, to: step.base)
      factorization.solve(step.base)
    }
    solve()
    let count = AllocationCounter.count(objective.pool) { for _ in 0..<3 { solve() } }
    #expect(count == 0)
    #expect(!failed)
  }

  /// A matrix of few panels is factored by one thread; this one is not.
  @Test(arguments: [1, 2, 3])
  func `a large factorization allocates nothing`(_ threads: Int) {
    let (order, pool) = (500, WorkerPool(threadCount: threads))
    var random = SeededNumbers(seed: 31)
    let matrix = SymmetricMatrix(order: order, pool: pool)
    let rows = PackedRows(capacity: 400, columnCount: order)
    let numbers = random.array(400 * order)
    numbers.withUnsafeBufferPointer { numbers in
      if let base = numbers.baseAddress { rows.store(base, stride: order, rows: 0..<400, columns: 0..<order) }
    }
    let factorization = CholeskyFactorization(order: order, pool: pool)
    let sides = UnsafeNumberBuffer(count: 4 * order)
    for place in 0..<sides.count { sides.base[place] = random.uniform(-1...1) }
    var failed = false
    func solve() {
      matrix.clear()
      matrix.add(rows)
      failed = factorization.factor(matrix, shift: .proportional(0.1)) != nil || failed
      factorization.solve(sides.base, count: 4, stride: order)
      factorization.solveLower(sides.base, count: 4, stride: order)
      factorization.solveLowerTransposed(sides.base, count: 4, stride: order)
    }
    solve()
    #expect(AllocationCounter.count(pool) { for _ in 0..<3 { solve() } } == 0)
    #expect(!failed)
  }
}
