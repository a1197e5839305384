import Autodiff
import Expressions
package import Kernels
import Networks
import Problems

/// Runs the phases of a training run.
///
/// Nothing here reads a clock but the rules that speak of time, and those only end a phase between two iterations:
/// the same setup gives the same bits, however often it is stopped and taken up again from a checkpoint.
package final class Trainer {
  private let setup: TrainingSetup
  private let pool: WorkerPool
  private let observer: any TrainingObserver

  // The state besides the optimizer's own memory.
  private var theta: [Double]
  private var phase = 0
  private var phaseIteration = 0
  private var iteration = 0
  private var draw = 0
  private var recentTotals: [Double] = []
  /// How often the phase went back from a loss that was not finite.
  private var retreats = 0
  private var phaseEnds: [PhaseEnd] = []
  private var optimizerMemory: [String: [Double]]?
  private var phaseSeconds = 0.0
  private var starts: StartSearch
  private var adapted: AdaptedPoints?
  private var balancing: Balancing?
  private var pointWeighting: PointWeighting?
  private var multipliers: Multipliers?
  private var history = TermHistory()
  /// The iteration after which no step was found, and multipliers were changed for that.
  private var stalledAt = -1
  /// What the violation of the equations was worth when each phase for noise began.
  private var physicsMisfits: [Double] = []
  // What follows from the phase: the problem with its constants, at the points of the last draw.
  private var networks: [Network]
  private var loss: LossTerms
  private var heldout: Objective?
  private var variant: Int?

  package init(
    setup: TrainingSetup, pool: WorkerPool, observer: any TrainingObserver
  ) {
    self.setup = setup
    self.pool = pool
    self.observer = observer
    networks = setup.networks
    loss = setup.loss
    starts = StartSearch(setup.start)
    adapted = AdaptedPoints(setup.refinement)
    balancing = Balancing(setup.balance, terms: setup.loss.terms.count, seed: setup.seed)
    pointWeighting = PointWeighting(setup.pointWeights)
    multipliers = Multipliers(setup.constraints, terms: setup.loss.terms)
    theta = setup.initialParameters()
    takeProblem()
  }

  /// Takes up the problem of a variant, or the experiment's own.
  ///
  /// - Parameter isAdjusted: whether points get the weights and shifts that training gave them.
  private func takeProblem(_ number: Int? = nil, isAdjusted: Bool = true) {
    let problem = number.map { setup.variants[$0] }
    variant = number
    networks = problem?.networks ?? setup.networks
    loss = problem?.loss ?? setup.loss
    if let adapted { adapted.apply(to: &loss) } else if draw > 0 { redraw() }
    pointWeighting?.forgetPoints()
    multipliers?.forgetPoints()
    if isAdjusted {
      pointWeighting?.apply(to: &loss)
      multipliers?.apply(to: &loss)
    }
    let heldout = problem?.heldout ?? setup.heldout
    self.heldout =
      heldout.pointSets.isEmpty
      ? nil : Objective(heldout, networks: networks, layout: setup.layout, pool: pool)
  }

  /// Runs what is left of the phases.
  package func run() -> TrainingResult {
    while phase < setup.phases.count {
      let settings = setup.phases[phase]
      if variant != settings.variant { takeProblem(settings.variant) }
      if phaseIteration == 0 { start(settings) }
      let end = run(settings)
      phaseEnds.append(end)
      observer.didEnd(phase: phase + 1, end)
      if case .stopped = end { break }
      if settings.isTrial { endTrial(settings) }
      phase += 1
      phaseIteration = 0
      phaseSeconds = 0
      recentTotals = []
      retreats = 0
      optimizerMemory = nil
      if case .nonFinite = end, !settings.isTrial { break }
    }
    var notes = [pointWeighting?.note(loss)].compactMap { $0 }
    // Reported are the losses of the experiment's own constants, without weights of points and multipliers.
    if variant != nil || pointWeighting != nil || multipliers != nil { takeProblem(isAdjusted: false) }
    let objective = makeObjective(loss)
    objective.weights = setup.weights
    let values = objective.termValues(theta)
    let result = TrainingResult(
      parameters: theta, phaseEnds: phaseEnds, iterations: setup.iterationsBefore + iteration, terms: values,
      total: objective.total(values))
    guard !result.diverged, !result.wasStopped else { return result }
    notes += multipliers?.notes(loss, values: values) ?? []
    notes += [history.plateau(loss.terms, weights: setup.weights, values: values, iterations: iteration)]
      .compactMap { $0 }
    for note in notes { observer.didNote(note) }
    return result
  }

  /// With a tenth of the step each, the last is a thousandth of the first.
  private static let mostRetreats = 3

  private func makeObjective(_ loss: LossTerms) -> Objective {
    Objective(loss, networks: networks, layout: setup.layout, pool: pool)
  }

  /// Sets the start values of a phase that has its own: the first, and each short training.
  private func start(_ settings: PhaseSettings) {
    guard phase == 0 || settings.isTrial else {
      if setup.phases[phase - 1].isTrial, let best = starts.bestTheta { theta = best }
      return
    }
    let objective = makeObjective(loss)
    objective.weights = setup.weights(phase: settings)
    let (theta, note) = starts.next { [setup] in
      setup.initialParameters(draw: $0)
    } loss: {
      objective.total(objective.termValues($0))
    }
    self.theta = theta
    if let note { observer.didNote(note) }
  }

  private func endTrial(_ settings: PhaseSettings) {
    let objective = makeObjective(loss)
    objective.weights = setup.weights(phase: settings)
    starts.keep(theta, value: objective.total(objective.termValues(theta)))
  }

  private func run(_ settings: PhaseSettings) -> PhaseEnd {
    if settings.isForNoise, phaseIteration == 0, let reason = reasonToLeaveOut() { return .notNeeded(reason) }
    return run(
      settings,
      settings.method.entry.make(OptimizerStart(x: theta, phase: settings, layout: setup.layout, pool: pool)))
  }

  private func run<Method: Optimizer>(_ settings: PhaseSettings, _ start: Method) -> PhaseEnd {
    let valueIsBeforeStep = Method.valueIsBeforeStep
    var optimizer = start
    var weighted = makeLoss(settings)
    if let optimizerMemory {
      optimizer.restore(optimizerMemory)
      self.optimizerMemory = nil
    }
    let clock = ContinuousClock()
    let started = clock.now
    let secondsBefore = phaseSeconds
    while phaseIteration < settings.iterations {
      // Short trainings are compared at the same points.
      if let every = setup.resampleEvery, !settings.isTrial, iteration % every == 0, draw != iteration / every {
        draw = iteration / every
        if adapted == nil {
          redraw()
        } else {
          adapted?.choose(
            &loss, weights: weights(settings), theta: optimizer.x, dimensions: setup.dimensions, draw: draw,
            objective: makeObjective)
          // The loss at other points is another: a fall of it is looked for between two draws.
          recentTotals = []
        }
        pointWeighting?.forgetPoints()
        pointWeighting?.apply(to: &loss)
        weighted = makeLoss(settings)
        optimizer.functionChanged(weighted)
      }
      if balancing?.isDue(iteration) == true, !settings.isTrial {
        balancing?.look(
          loss, weights: setup.weights(phase: settings), theta: optimizer.x, iteration: iteration,
          objective: makeObjective)
        weighted.weights = weights(settings)
        optimizer.functionChanged(weighted)
      }
      if pointWeighting?.isDue(iteration) == true, !settings.isTrial {
        pointWeighting?.look(
          &loss, weights: weights(settings), theta: optimizer.x, iteration: iteration, objective: makeObjective)
        weighted.takeColumns(of: loss, sets: PointWeighting.sets(loss))
        optimizer.functionChanged(weighted)
        // A loss in which more and more counts need not fall.
        if setup.pointWeights.method == CausalWeights.name { recentTotals = [] }
      }
      if multipliers?.isDue(iteration) == true, !settings.isTrial { changeMultipliers(settings, &optimizer, weighted) }
      weighted.prepare(iteration: phaseIteration)
      let looksAtHeldout = iteration % setup.heldoutEvery == 0
      let before = optimizer.x
      var heldoutValues = looksAtHeldout && valueIsBeforeStep ? heldoutMeans(before) : nil
      let outcome = optimizer.step(weighted)
      phaseSeconds = secondsBefore + (clock.now - started).seconds
      switch outcome {
      case .nonFinite:
        // Adam's last step led here; the point before it was finite. A phase that starts so has nothing better.
        let place = placeOfTrouble(optimizer.x, weights: weights(settings))
        guard phaseIteration > 0, retreats < Trainer.mostRetreats, optimizer.retreat(to: theta) else {
          return .nonFinite(place)
        }
        retreats += 1
        observer.didNote(
          "after iteration \(setup.iterationsBefore + iteration) the loss is not finite: \(place); going on from before it with smaller steps"
        )
      case .lineSearchFailed:
        theta = optimizer.x
        // Minimised for these multipliers: the next ones, and no end yet.
        guard multipliers != nil, !settings.isTrial, stalledAt != iteration else { return .lineSearchFailed }
        stalledAt = iteration
        guard changeMultipliers(settings, &optimizer, weighted) else { return .lineSearchFailed }
      case .moved(let length):
        theta = valueIsBeforeStep ? before : optimizer.x
        if looksAtHeldout, !valueIsBeforeStep { heldoutValues = heldoutMeans(theta) }
        iteration += 1
        phaseIteration += 1
        history.note(weighted.termValues, iteration: iteration)
        observer.didIterate(
          LossRow(
            iteration: setup.iterationsBefore + iteration, phase: phase + 1, total: optimizer.value,
            terms: weighted.termValues,
            heldoutResidual: heldoutValues?.residual, heldoutData: heldoutValues?.data,
            gradientNorm: optimizer.gradientNorm, step: length, unknowns: setup.layout.unknownValues(theta),
            weights: setup.changesWeights ? weighted.weights : [], leastPointWeight: pointWeighting?.least(loss),
            constraintSizes: multipliers?.sizes.map { $0.isNaN ? nil : $0 } ?? []))
        let end = endAfterStep(settings, value: optimizer.value, gradientNorm: optimizer.gradientNorm)
        let reason = end == nil ? observer.stopRequest() : nil
        // What is saved is what the tables of a stopped run are made of.
        if reason != nil { theta = finalPoint(optimizer, weighted) }
        if end == nil, observer.wantsCheckpoint() || reason != nil { observer.save(checkpoint(optimizer)) }
        if let reason { return .stopped(reason) }
        if let end {
          theta = finalPoint(optimizer, weighted)
          return end
        }
      }
    }
    theta = finalPoint(optimizer, weighted)
    return .iterationsUsed(settings.iterations)
  }

  /// The optimizer's point, or the one before where its last step left the finite numbers.
  private func finalPoint(_ optimizer: some Optimizer, _ loss: WeightedLoss) -> [Double] {
    var gradient = [Double](repeating: 0, count: theta.count)
    return loss.value(optimizer.x, gradient: &gradient).isFinite ? optimizer.x : theta
  }

  /// The weights in force: those of the phase times what balances them and what penalties have grown by.
  private func weights(_ settings: PhaseSettings) -> [Double] {
    [balancing?.factors, multipliers?.factors].compactMap { $0 }.reduce(setup.weights(phase: settings)) {
      zip($0, $1).map { $0 * $1 }
    }
  }

  /// Changes the multipliers by the residuals where the optimizer stands.
  ///
  /// - Returns: whether they changed.
  @discardableResult
  private func changeMultipliers(
    _ settings: PhaseSettings, _ optimizer: inout some Optimizer, _ weighted: WeightedLoss
  ) -> Bool {
    let hasChanged = multipliers?.look(
      &loss, weights: setup.weights(phase: settings), theta: optimizer.x, iteration: iteration,
      objective: makeObjective)
    guard hasChanged == true else { return false }
    weighted.takeColumns(of: loss, sets: Multipliers.sets(loss))
    weighted.weights = weights(settings)
    optimizer.functionChanged(weighted)
    return true
  }

  /// Why equations need not weigh more than in the phase before; nil where they should.
  private func reasonToLeaveOut() -> String? {
    guard phase > 0 else { return nil }
    // What was not needed before is not now.
    if setup.phases[phase - 1].isForNoise, case .notNeeded(let reason)? = phaseEnds.last { return reason }
    let misfit = PhysicsMisfit(
      terms: loss.terms, counts: loss.residualCounts, weights: setup.weights(phase: setup.phases[phase - 1]),
      values: makeObjective(loss).termValues(theta))
    defer { physicsMisfits.append(misfit.chiSquare) }
    return misfit.reasonToLeaveOut(before: physicsMisfits)
  }

  private func makeLoss(_ settings: PhaseSettings) -> WeightedLoss {
    let heldFrom = settings.trainsUnknowns || setup.layout.unknowns.isEmpty ? nil : setup.layout.unknownOffset
    if settings.method.entry.takesBatches, let batch = settings.adam.batch {
      let objective = makeObjective(BatchLoader.truncated(loss, size: batch))
      objective.weights = weights(settings)
      let stream = RandomStream(seed: setup.seed, purpose: "batches", index: phase)
      return WeightedLoss(
        objective: objective, heldFrom: heldFrom,
        batches: BatchLoader(loss, size: batch, stream: stream))
    }
    let objective = makeObjective(loss)
    objective.weights = weights(settings)
    return WeightedLoss(objective: objective, heldFrom: heldFrom)
  }

  private func redraw() {
    for number in loss.pointSets.indices {
      if let source = loss.pointSets[number].source {
        let points = source.points(dimensions: setup.dimensions, draw: draw)
        loss.pointSets[number].load(sites: points.sites, columns: points.columns)
      }
    }
  }

  private func endAfterStep(_ settings: PhaseSettings, value: Double, gradientNorm: Double) -> PhaseEnd? {
    if let loss = settings.stop.loss, value <= loss { return .lossReached(value) }
    if let bound = settings.stop.gradient, gradientNorm <= bound { return .gradientReached(gradientNorm) }
    // While multipliers move, so does the loss that falls.
    if multipliers?.isSettled == false, !settings.isTrial { recentTotals = [] }
    if let change = settings.stop.change {
      recentTotals.append(value)
      let window = settings.stop.window ?? settings.method.entry.changeWindow
      if recentTotals.count > window {
        let old = recentTotals.removeFirst()
        if old - value < change * abs(old) { return .changeBelow(change, iterations: window) }
      }
    }
    if let minutes = settings.stop.minutes, phaseSeconds >= 60 * minutes { return .minutesUsed(minutes) }
    return nil
  }

  /// Means over the held-out terms: the weighted sum of those of equations, and the mean square over all data rows.
  package func heldoutMeans(_ theta: [Double]) -> (residual: Double?, data: Double?)? {
    guard let heldout else { return nil }
    let values = heldout.termValues(theta)
    var residual: Double?
    var (sum, count) = (0.0, 0)
    for (number, term) in heldout.terms.enumerated() {
      let (value, residuals) = (values[number], heldout.lossTerms.residualCounts[number])
      switch term.kind {
      case .penalty: continue
      case .equation, .condition, .energy, .prior:
        let weight = setup.loss.terms.firstIndex { $0.name == term.name }.map { setup.weights[$0] } ?? 1
        residual = (residual ?? 0) + (weight == 0 ? 0 : weight * value)
      case .data:
        sum += value * Double(residuals)
        count += residuals
      }
    }
    return (residual, count > 0 ? sum / Double(count) : nil)
  }

  /// The part of the residuals of a point that is not finite first.
  private func origin(_ set: PointSet, point: Int, _ theta: [Double]) -> String? {
    var traced = set.selecting([point])
    traced.program = set.program.tracing()
    traced.terms = [Int](repeating: 0, count: traced.program.outputs.count)
    let registers = makeObjective(
      LossTerms(terms: [Term(name: "", kind: .data)], pointSets: [traced])
    ).residuals(theta)
    return set.program.origin(of: registers, names: setup.names)
  }

  /// Which term is not finite, at which point, and from what.
  private func placeOfTrouble(_ theta: [Double], weights: [Double]) -> String {
    guard theta.allSatisfy(\.isFinite) else { return "a step made the parameters themselves not finite" }
    let objective = makeObjective(loss)
    let residuals = objective.residuals(theta)
    var row = 0
    for set in loss.pointSets {
      for point in stride(from: 0, to: set.count, by: set.groupSize) {
        for term in set.terms {
          let residual = residuals[row]
          if weights[term] != 0, !(residual * residual).isFinite {
            let coordinates = set.sites[0].map { String($0[point]) }.joined(separator: ", ")
            if set.groupSize > 1 {
              return "the residual of '\(loss.terms[term].name)', an integral, is \(residual.isNaN ? .nan : residual)"
            }
            // The sign of a NaN says nothing.
            return
              "the residual of '\(loss.terms[term].name)' at (\(coordinates)) is \(residual.isNaN ? .nan : residual)"
              + (residual.isFinite ? ", too large to be squared" : "")
              + (origin(set, point: point, theta).map { ", from \($0)" } ?? "")
          }
          row += 1
        }
      }
    }
    return "a derivative by the parameters"
  }

  // MARK: Checkpoints

  private func checkpoint(_ optimizer: some Optimizer) -> Checkpoint {
    var vectors: [String: [Double]] = [
      "theta": theta, "phase": [Double(phase)], "phaseIteration": [Double(phaseIteration)],
      "iteration": [Double(setup.iterationsBefore + iteration)], "draw": [Double(draw)], "recentTotals": recentTotals,
      "retreats": [Double(retreats)], "phaseSeconds": [phaseSeconds], "physicsMisfits": physicsMisfits,
    ]
    for memory in [
      starts.memory, adapted?.memory, balancing?.memory, pointWeighting?.memory, multipliers?.memory,
      history.memory,
    ] {
      vectors.merge(memory ?? [:]) { first, _ in first }
    }
    for (name, vector) in optimizer.memory { vectors["optimizer.\(name)"] = vector }
    var texts: [String: String] = [:]
    for (number, end) in phaseEnds.enumerated() { texts["phaseEnd.\(number)"] = end.code }
    return Checkpoint(vectors: vectors, texts: texts)
  }

  /// Takes up a run where a checkpoint left it.
  ///
  /// - Returns: false where the checkpoint does not fit this setup.
  package func restore(_ checkpoint: Checkpoint) -> Bool {
    func number(_ name: String) -> Int? { checkpoint.vectors[name]?.first.flatMap { Int(exactly: $0) } }
    guard let saved = checkpoint.vectors["theta"], saved.count == setup.layout.count,
      let phase = number("phase"), (0...setup.phases.count).contains(phase),
      let phaseIteration = number("phaseIteration"), let iteration = number("iteration"), let draw = number("draw")
    else { return false }
    let ends = (0..<phase).compactMap { checkpoint.texts["phaseEnd.\($0)"].flatMap(PhaseEnd.init(code:)) }
    guard ends.count == phase else { return false }
    theta = saved
    phaseEnds = ends
    self.phase = phase
    self.phaseIteration = phaseIteration
    self.iteration = iteration - setup.iterationsBefore
    recentTotals = checkpoint.vectors["recentTotals"] ?? []
    retreats = number("retreats") ?? 0
    phaseSeconds = checkpoint.vectors["phaseSeconds"]?.first ?? 0
    starts.restore(checkpoint.vectors)
    adapted?.restore(checkpoint.vectors, dimensions: setup.dimensions)
    balancing?.restore(checkpoint.vectors)
    pointWeighting?.restore(checkpoint.vectors)
    multipliers?.restore(checkpoint.vectors)
    history.restore(checkpoint.vectors)
    self.draw = draw
    takeProblem(phase < setup.phases.count ? setup.phases[phase].variant : nil)
    physicsMisfits = checkpoint.vectors["physicsMisfits"] ?? []
    var memory: [String: [Double]] = [:]
    for (name, vector) in checkpoint.vectors where name.hasPrefix("optimizer.") {
      memory[String(name.dropFirst("optimizer.".count))] = vector
    }
    optimizerMemory = memory.isEmpty ? nil : memory
    return true
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
