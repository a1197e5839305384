import Configurations
import Diagnostics
import Expressions
import KernelInterface
import Kernels
import Problems
import Training

/// The time of an experiment cut into slabs of equal length, each a problem of its own.
///
/// Slab k is the experiment over t_k ≤ t ≤ t_{k+1}. Where the file asks something of the start, r(u) = 0 at t₀, a later
/// slab asks for r(u) = r(v) at t_k, with the fields v of the slab before: u = g becomes u = v, and u_t = h becomes
/// u_t = v_t. Fields without a condition at the start are as free there as they are in the first slab.
struct TimeSlabs {
  let experiment: Experiment
  let variable: Int
  let count: Int

  /// Nil where the time is not cut.
  init?(_ experiment: Experiment) {
    guard let variable = experiment.slabbedVariable, let slabs = experiment.variables[variable].slabs else {
      return nil
    }
    self.experiment = experiment
    self.variable = variable
    count = slabs.count
  }

  private var whole: Experiment.Variable { experiment.variables[variable] }

  /// t_k, for k = 0 … `count`.
  func bound(_ number: Int) -> Double {
    let (low, high) = (whole.range.lowerBound, whole.range.upperBound)
    return number == count ? high : low + Double(number) / Double(count) * (high - low)
  }

  /// What is trained in a slab. What is compared and required is so over all of the time.
  func experiment(ofSlab number: Int) -> Experiment {
    var slab = experiment
    slab.variables[variable].range = bound(number)...bound(number + 1)
    slab.variables[variable].slabs = nil
    slab.references = []
    slab.requirements = []
    // Later slabs start from the weights of the one before.
    if number > 0 { slab.start = StartRule() }
    return slab
  }

  /// A slab as one that is finished.
  func finished(_ solution: SolutionModel, _ parameters: [Double], _ instructionSet: InstructionSet) -> FinishedSlab {
    FinishedSlab(
      solution: solution, parameters: parameters, variable: variable, firstTime: whole.range.lowerBound,
      instructionSet: instructionSet)
  }

  /// The models of all slabs with their parameters, without points and losses.
  ///
  /// - Parameters: `begun` are the parameters of finished slabs, `last` those of the next; slabs after it have the weights
  ///   that they would start from.
  func finished(
    begun: [[Double]], last: [Double], _ instructionSet: InstructionSet
  ) throws(InputFailure) -> [FinishedSlab] {
    var slabs: [FinishedSlab] = []
    for number in 0..<count {
      let theta = begun.indices.contains(number) ? begun[number] : last
      let solution = try SolutionModel(experiment(ofSlab: number), after: slabs.last)
      slabs.append(finished(solution, theta, instructionSet))
    }
    return slabs
  }

  /// What is said when a slab begins.
  func text(_ number: Int) -> String {
    "slab \(number + 1) of \(count): \(whole.name) from \(shortNumber(bound(number))) to \(shortNumber(bound(number + 1)))"
  }

  // MARK: What cannot go with slabs

  /// Makes sure that a slab can follow another: what is wrong with the second is told before the first is trained.
  func checkSecond(_ first: AssembledProblem) throws(InputFailure) {
    let theta = first.setup.layout.initialParameters(networks: first.setup.networks, seed: experiment.seed)
    let solution = try SolutionModel(experiment(ofSlab: 0))
    var fields = solution.fields
    try fields.addCoefficients(experiment)
    var before = solution
    before.fields = fields
    _ = try AssembledProblem(experiment(ofSlab: 1), after: finished(before, theta, .best))
  }

  /// - Throws: conditions at other times than the first, or none there; transforms that are another in each slab.
  func check(_ model: FieldModel, _ loss: LossTerms) throws(InputFailure) {
    var collector = DiagnosticCollector()
    let name = whole.name
    var starting: Set<String> = []
    let reader = ConditionPlaceReader(experiment, model)
    for condition in experiment.conditions {
      for text in condition.places {
        if text.text.contains(where: { $0 == "<" || $0 == ">" }), FieldModel.names(in: text.text).contains(name),
          !isFixed(text)
        {
          collector.report("a part of '\(name)' cannot be a place where '\(name)' is cut into slabs", at: text.location)
        }
        for place in (try? reader.read(text)) ?? [] {
          switch place {
          case .periodic(variable):
            collector.report(
              "the fields cannot be periodic in '\(name)', which is cut into slabs", at: text.location)
          case .slice(let slice, _, _):
            guard let time = slice.fixedValues[variable] else { continue }
            if time != whole.range.lowerBound {
              collector.report(
                "a condition at \(name) = \(shortNumber(time)) cannot go with slabs", at: text.location,
                help: "with slabs, conditions hold at the start or at all times")
            } else if condition.expressions?.contains(where: { $0.text.contains("integral") }) == true {
              collector.report("a condition on integrals at the start cannot go with slabs", at: text.location)
            }
            for expression in condition.expressions ?? [] {
              starting.formUnion(FieldModel.names(usedBy: expression.text, experiment))
            }
          default: break
          }
        }
      }
    }
    for text in experiment.sampling.excluded + experiment.conditions.flatMap(\.excluded)
    where FieldModel.names(in: text.text).contains(name) {
      collector.report("a part of '\(name)' cannot be left out where '\(name)' is cut into slabs", at: text.location)
    }
    let fields = experiment.fields
    if !fields.contains(where: { starting.contains($0.baseName) }) {
      collector.report(
        "slabs of '\(name)' need a condition at the start, which tells what goes on from slab to slab",
        at: whole.slabs?.location, help: "add [[condition]] at = \"\(name) = \(shortNumber(whole.range.lowerBound))\"")
    }
    for field in fields
    where FieldModel.names(usedBy: field.expression.text, experiment).contains(name)
      && !starting.contains(field.baseName)
    {
      collector.report(
        "the transform of '\(field.baseName)' depends on '\(name)', which is cut into slabs",
        at: field.expression.location,
        help: "state what holds at the start as a condition, which may be hard")
    }
    if loss.pointSets.contains(where: { readsOtherTimes($0.program) }) {
      collector.report(
        "fields at other times, or integrals over '\(name)', cannot go with slabs", at: whole.slabs?.location)
    }
    try collector.throwIfAny()
  }

  /// Whether a place says `t = …`, inequalities being about other variables.
  private func isFixed(_ text: LocatedText) -> Bool {
    text.text.split(separator: ",").allSatisfy { part in
      !part.contains(where: { $0 == "<" || $0 == ">" }) || !FieldModel.names(in: String(part)).contains(whole.name)
    }
  }

  private func readsOtherTimes(_ program: ResidualProgram) -> Bool {
    program.places.contains { place in
      let register = Int(place.outputs[variable])
      return !place.inputs.indices.contains(register) || place.inputs[register] != .coordinate(variable, site: 0)
    }
  }
}
