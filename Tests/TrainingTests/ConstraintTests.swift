import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

/// Every kind of place that residuals are taken at, twelve residuals of conditions and equations in all.
private func everyKind(_ isConstraint: Bool) -> String {
  let role = isConstraint ? ", role = \"constraint\"" : ""
  let enforce = isConstraint ? ", enforce = \"constraint\"" : ""
  return """
    variables = { x = [0, 1], y = [0, 2], t = [0, 1] }
    fields = { u = {}, v = {} }
    equation = [
      { name = "first", expr = "u_t = u_xx + u_yy + v"\(role) }, { name = "second", expr = "v_t = u*v_x" }
    ]
    condition = [
      { name = "start", at = "t = 0", expr = ["u = sin(2*pi*x)", "v = y*cos(2*pi*x)"], points = 7\(enforce) },
      { name = "slope", at = ["y = 0", "y = 2"], expr = "d(u, n) = u", points = 5\(enforce) },
      { name = "ring", at = "x: periodic", points = 6\(enforce) },
      { name = "mean", expr = "integral(u, domain) = 1", points = 9, times = 3\(enforce) },
      { name = "rows", at = "t = 0", expr = "u = w", inline = "x,y,w\\n0.5,1,3\\n0.25,0.5,4"\(enforce) },
    ]
    sampling = { interior = 11 }
    network = { hidden = [5] }
    optimizer = { method = "gauss-newton", iterations = 1 }
    """
}

@Suite struct ConstraintTests {
  /// Summands may be added in another order.
  private func expectNear(_ found: [Double], _ expected: [Double]) {
    #expect(found.count == expected.count)
    for (one, other) in zip(found, expected) { #expect(abs(one - other) <= 1e-13 * (1 + abs(other))) }
  }

  @Test func `residuals of constraints are those of other terms, and shifts are added to them`() throws {
    let (plain, constrained) = (try assembled(everyKind(false)), try assembled(everyKind(true)))
    let theta = plain.setup.layout.initialParameters(networks: plain.setup.networks, seed: 3)
    func residuals(_ problem: AssembledProblem, _ loss: LossTerms) -> [Double] {
      Objective(
        loss, networks: problem.setup.networks, layout: problem.setup.layout, pool: WorkerPool(threadCount: 1)
      ).residuals(theta)
    }
    let expected = residuals(plain, plain.setup.loss)
    expectNear(residuals(constrained, constrained.setup.loss), expected)
    var shifted = constrained.setup.loss
    var shifts: [Double] = []
    for number in shifted.pointSets.indices {
      let set = shifted.pointSets[number]
      for group in 0..<set.residualCount {
        for output in set.terms.indices {
          guard let column = set.adjustment.shiftColumns[output] else {
            shifts.append(0)
            continue
          }
          let shift = Double(shifts.count + 1) / 8
          shifted.pointSets[number].columns[column][group * set.groupSize] = shift
          shifts.append(shift)
        }
      }
    }
    // All but the second equation.
    #expect(shifts.count { $0 == 0 } == 11)
    expectNear(residuals(constrained, shifted), zip(expected, shifts).map { $0 + $1 })
    for set in shifted.pointSets { #expect(set.unadjusted().columns.flatMap { $0 } != set.columns.flatMap { $0 }) }
    shifted.pointSets = shifted.pointSets.map { $0.unadjusted() }
    expectNear(residuals(constrained, shifted), expected)
  }

  private func train(_ text: String, _ recorder: Recorder = Recorder()) throws -> TrainingResult {
    let problem = try assembled(text)
    return try #require(trained(problem, recorder))
  }

  /// Half a unit above x is the nearest field of mean 1; a weight of 1 makes it half of that. One unit cannot bend between
  /// the points to have both.
  private func mean(_ enforce: String, settings: String = "") -> String {
    """
    variables = { x = [0, 1] }
    fields = { u = {} }
    equation = { name = "line", expr = "u = x" }
    condition = { name = "mean", expr = "integral(u, domain) = 1", points = 40, enforce = "\(enforce)" }
    sampling = { interior = 64 }
    network = { hidden = [1] }
    optimizer = { method = "gauss-newton", iterations = 200, stop = { change = 0.01 } }
    \(settings)
    """
  }

  @Test func `a constraint holds where a penalty is a bargain`() throws {
    let soft = try train(mean("soft"))
    // a² + (a − ½)² is least at ¼. Sobol points have the mean of the domain to 1/128.
    #expect(abs(soft.terms[0] - 0.0625) < 2e-3 && abs(soft.terms[1] - 0.0625) < 2e-3)
    let recorder = Recorder()
    let exact = try train(mean("constraint"), recorder)
    #expect(exact.terms[1].squareRoot() <= 1e-6)
    #expect(abs(exact.terms[0] - 0.25) < 4e-3)
    #expect(recorder.notes == [])
    // It ends by itself once the constraint holds.
    #expect(exact.iterations < 200 && exact.phaseEnds.count == 1)
  }

  @Test func `multipliers and penalties follow their formulas`() throws {
    let settings =
      "loss = { weights = { mean = 2 }, constraints = { every = 4, growth = 5, fall = 0.01, tolerance = 1e-9 } }"
    let problem = try assembled(mean("constraint", settings: settings))
    let recorder = Recorder()
    recorder.savesAlways = true
    _ = try #require(trained(problem, recorder))
    let number = try #require(problem.setup.loss.pointSets.firstIndex { $0.terms == [1] })
    let objective = problem.objective()
    var (shift, factor, size, changes) = (0.0, 1.0, Double.infinity, 0)
    for (before, after) in zip(recorder.checkpoints, recorder.checkpoints.dropFirst()) {
      let iteration = try #require(before.vectors["iteration"]?.first)
      let theta = try #require(before.vectors["optimizer.x"])
      let residual = try #require(objective.residuals(theta).last)
      if iteration.truncatingRemainder(dividingBy: 4) == 0, abs(residual) > 1e-9 {
        let growth = abs(residual) > 0.01 * size ? 5.0 : 1
        (shift, factor, size) = ((shift + residual) / growth, factor * growth, abs(residual))
        changes += 1
        let row = recorder.rows[Int(iteration)]
        #expect(row.weights == [1, 2 * factor] && row.constraintSizes == [size])
      }
      // Where no step was found a change may come between two rows: only the regular ones are followed.
      guard changes > 0 else { continue }
      let saved = try #require(after.vectors["multipliers.set.\(number).0"])
      #expect(saved.count == 1 && abs(saved[0] - shift) <= 1e-12 * abs(shift), "\(iteration): \(saved) \(shift)")
      if changes == 3 { break }
    }
    #expect(changes == 3)
  }

  /// Decay from an unknown start, with errors in the data that a network can follow: a slope beside the exponential.
  private func decay(_ role: String, _ enforce: String) -> (text: String, best: Double) {
    var (rows, product, square) = ("t,u", 0.0, 0.0)
    for place in 0..<20 {
      let t = Double(place) / 10
      let e = exponential(-t)
      let y = 1.5 * e + 0.3 * (t - 1) + (place.isMultiple(of: 2) ? 0.05 : -0.05)
      rows += "\\n\(t),\(y)"
      product += y * e
      square += e * e
    }
    let text = """
      variables = { t = [0, 2] }
      fields = { u = {} }
      unknowns = { A = { guess = 1 } }
      equation = { name = "decay", expr = "u_t = -u", role = "\(role)" }
      condition = { name = "start", at = "t = 0", expr = "u = A", enforce = "\(enforce)" }
      data = { name = "readings", inline = "\(rows)" }
      sampling = { interior = 40 }
      network = { hidden = [8] }
      optimizer = { method = "gauss-newton", iterations = 400 }
      """
    return (text, product / square)
  }

  @Test func `an estimate under constraints is that of least squares among exact solutions`() throws {
    let (text, best) = decay("constraint", "constraint")
    let problem = try assembled(text)
    let recorder = Recorder()
    let result = try #require(trained(problem, recorder))
    let found = problem.setup.layout.unknownValues(result.parameters)[0]
    // The residual of the fields, 1e-6, is felt as much as that.
    #expect(abs(found - best) < 1e-5, "\(found) \(best)")
    #expect(result.terms[0].squareRoot() <= 1e-6 && result.terms[1].squareRoot() <= 1e-6)
    #expect(recorder.notes == [])
    let penalty = try assembled(decay("equation", "soft").text)
    let bargain = try #require(trained(penalty, Recorder()))
    #expect(abs(penalty.setup.layout.unknownValues(bargain.parameters)[0] - best) > 0.02)
    #expect(bargain.terms[0].squareRoot() > 0.01)
  }

  @Test func `a constraint that does not hold is told`() throws {
    let recorder = Recorder()
    _ = try train(mean("constraint").replacing("iterations = 200", with: "iterations = 2"), recorder)
    #expect(recorder.notes.count == 1)
    #expect(recorder.notes[0].hasPrefix("constraint 'mean' holds to 0."), "\(recorder.notes)")
    #expect(recorder.notes[0].contains(", and not to the tolerance 1e-06"))
  }

  @Test func `any number of threads gives the same bits`() throws {
    let problem = try assembled(
      decay("constraint", "constraint").text.replacing("iterations = 400", with: "iterations = 60"))
    let (one, three) = (Recorder(), Recorder())
    let result = try #require(trained(problem, one, threads: 1))
    let other = try #require(trained(problem, three, threads: 3))
    #expect(other.parameters == result.parameters)
    #expect(one.rows == three.rows)
  }
}

/// e^x by its series, to rounding for |x| ≤ 2.
private func exponential(_ x: Double) -> Double {
  var (sum, term) = (1.0, 1.0)
  for n in 1..<40 {
    term *= x / Double(n)
    sum += term
  }
  return sum
}
