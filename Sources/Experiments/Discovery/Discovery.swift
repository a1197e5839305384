package import Configurations
package import Diagnostics
import Expressions
import Kernels
import Problems
import Tables
import Training

/// What was found.
package struct DiscoveryReport: Sendable {
  package var folder: String
  package var equations: [DiscoveredEquation]
  /// The last training, where there was one; what stopped it stopped the search.
  package var training: RunReport?
}

/// Finds the equations of the libraries of an experiment, and writes its folder.
///
/// 1. The fields are fitted to the data, without equations; or their derivatives are differences of the data.
/// 2. Each left side is explained by few of its terms, at the collocation points, or at those of the data.
/// 3. The network is trained anew with the equations found, their coefficients being unknowns; terms that fall below the
///    thresholds are dropped, and it is trained again.
///
/// - Throws: wrong input before anything is trained; failures of writing whenever they come.
package func discover(_ experiment: Experiment, options: RunOptions) throws(InputFailure) -> DiscoveryReport {
  guard !experiment.libraries.isEmpty else {
    throw InputFailure(
      .configuration, "there is nothing to discover: the experiment has no [[library]]",
      help: "name a left side and candidates: [[library]] equation = \"u_t\", terms = [\"u\", \"u_xx\"]")
  }
  guard !experiment.dataSets.isEmpty else {
    throw InputFailure(.configuration, "equations are discovered in data, and there is no [[data]]")
  }
  let differences = try EquationSearch.prepared(experiment)
  let text = tomlText(of: experiment.resolved)
  let digest = configurationDigest(text)
  let path = options.folder ?? "runs/\(fileName(from: experiment.name))-\(digest.prefix(8))"
  let folder = try RunFolder(creating: path, below: options.parent, fileSystem: options.fileSystem)
  try folder.replace(RunFolder.configurationName, with: text)
  return try EquationSearch(experiment, differences, folder: folder, options: options).carryOut()
}

private struct EquationSearch {
  let experiment: Experiment
  let folder: RunFolder
  let options: RunOptions
  let pool: WorkerPool
  /// Values of what the libraries name, where differences of the data give them.
  private let differences: [DifferencedData]
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  init(_ experiment: Experiment, _ differences: [DifferencedData], folder: RunFolder, options: RunOptions) {
    self.experiment = experiment
    self.differences = differences
    self.folder = folder
    self.options = options
    pool = WorkerPool(threadCount: options.threads, instructionSet: options.instructionSet)
    start = clock.now
  }

  /// The data of which differences are taken; none where a network is fitted.
  ///
  /// - Throws: what is wrong with the experiment, as far as it can be told before a network is trained.
  static func prepared(_ experiment: Experiment) throws(InputFailure) -> [DifferencedData] {
    guard experiment.discovery.usesDifferences else {
      try checkTexts(experiment)
      return []
    }
    try checkDifferences(experiment)
    var differences: [DifferencedData] = []
    for data in experiment.dataSets { differences.append(try DifferencedData(experiment, data)) }
    return differences
  }

  /// What is wrong with the texts.
  private static func checkTexts(_ experiment: Experiment) throws(InputFailure) {
    var model = try FieldModel(experiment)
    var collector = DiagnosticCollector()
    for library in experiment.libraries {
      var left: NodeID?
      for (place, text) in ([library.left, library.weight] + library.terms).enumerated() {
        let node = collector.attempt { () throws(InputFailure) in
          try parseExpression(text, in: model.scope, graph: &model.graph)
        }
        if place == 0 { left = node }
        if place > 1, let node, node == left { collector.report(itself(text), at: text.location) }
      }
    }
    try collector.throwIfAny()
  }

  private static func itself(_ text: LocatedText) -> String {
    "'\(text.text)' is the left side itself, which explains it without telling anything"
  }

  private static func checkDifferences(_ experiment: Experiment) throws(InputFailure) {
    for library in experiment.libraries {
      for text in library.terms where text.text == library.left.text {
        throw InputFailure(.configuration, itself(text), at: text.location)
      }
    }
    for field in experiment.fields where field.expression.text != "N" {
      throw InputFailure(
        .configuration, "differences of data know no transforms, and field '\(field.name.name)' has one",
        at: field.expression.location)
    }
    guard experiment.groups.isEmpty else {
      throw InputFailure(
        .configuration, "differences of data know no groups", at: experiment.groups[0].name.location,
        help: "each experiment may be a data set of its own")
    }
  }

  func carryOut() throws(InputFailure) -> DiscoveryReport {
    if experiment.discovery.usesDifferences {
      let equations = try regress { texts throws(InputFailure) in
        var values = texts.map { _ in [Double]() }
        for data in differences {
          for (place, column) in try data.values(of: texts).enumerated() { values[place] += column }
        }
        return values
      }
      return try conclude(equations, nil)
    }
    var training = try train(try experiment.withoutLibraries(), stage: "fit")
    guard training.status == .finished else { return try conclude([], training) }
    var equations = try regress(in: training)
    for round in 0..<experiment.discovery.rounds where equations.contains(where: { !$0.kept.isEmpty }) {
      let names = try experiment.coefficientNames(equations)
      training = try train(try experiment.holding(equations, names: names), stage: "round\(round + 1)")
      guard training.status == .finished else { break }
      let before = equations.map { $0.kept.map(\.text) }
      equations = try refined(equations, names: names, in: training)
      if equations.map({ $0.kept.map(\.text) }) == before { break }
    }
    return try conclude(equations, training)
  }

  private func train(_ stage: Experiment, stage name: String) throws(InputFailure) -> RunReport {
    var own = options
    (own.folder, own.parent) = (name, folder.contents)
    // The time is that of all trainings together.
    own.maxSeconds = options.maxSeconds.map { max(0, $0 - (clock.now - start).inSeconds) }
    return try Experiments.train(stage, options: own)
  }

  /// Sparse regression at the collocation points of a network.
  private func regress(in training: RunReport) throws(InputFailure) -> [DiscoveredEquation] {
    let run = try TrainedRun(folder: training.folder)
    let evaluator = run.evaluator(pool: pool)
    let points = collocationPoints(run.solution.fields)
    return try regress { texts throws(InputFailure) in try evaluator.values(of: texts, at: points) }
  }

  private func regress(
    values: ([LocatedText]) throws(InputFailure) -> [[Double]]
  ) throws(InputFailure) -> [DiscoveredEquation] {
    var equations: [DiscoveredEquation] = []
    for library in experiment.libraries {
      equations.append(
        try fit(
          library, try values([library.left, library.weight] + library.terms), terms: Array(library.terms.indices)))
    }
    return equations
  }

  /// Explains the left side by some of the terms, at the points where all are finite.
  ///
  /// - Shapes: `values` has the left side, the weight and all terms, each `[point]`.
  private func fit(
    _ library: Experiment.Library, _ values: [[Double]], terms: [Int]
  ) throws(InputFailure) -> DiscoveredEquation {
    let rows = values[0].indices.filter { row in values.allSatisfy { $0[row].isFinite } }
    if rows.count < values[0].count {
      options.note(
        "\(library.left.text): \(values[0].count - rows.count) points where a term is not finite are left out")
    }
    guard rows.count > terms.count else {
      throw InputFailure(
        .data, "\(rows.count) points are too few to choose among \(terms.count) terms", at: library.left.location)
    }
    let columns = terms.map { term in rows.map { values[1][$0] * values[2 + term][$0] } }
    let found = SparseRegression(
      columns: columns, target: rows.map { values[1][$0] * values[0][$0] }, settings: library.settings, pool: pool)
    for place in found.dependent {
      options.note(
        "\(library.left.text): '\(library.terms[terms[place]].text)' is a combination of the terms before it at all points, and is left out"
      )
    }
    var all = library
    all.terms = terms.map { library.terms[$0] }
    return DiscoveredEquation(all, found)
  }

  /// The equations with the coefficients that training gave, without those that have become too small.
  private func refined(
    _ equations: [DiscoveredEquation], names: [[String]], in training: RunReport
  ) throws(InputFailure) -> [DiscoveredEquation] {
    let table = try readTable(
      path: training.folder + "/parameters.csv", options: TableOptions(textColumns: ["name"], allowsNoRows: true))
    let estimates = Dictionary(
      zip(try table.texts("name"), try table.numbers("estimate")), uniquingKeysWith: { first, _ in first })
    var result = equations
    for (number, library) in experiment.libraries.enumerated() {
      var kept = names[number].makeIterator()
      for place in result[number].terms.indices where result[number].terms[place].coefficient != 0 {
        guard let name = kept.next(), let estimate = estimates[name] else { continue }
        // Sizes go with coefficients; what is left over is that of the regression.
        let term = result[number].terms[place]
        result[number].terms[place].share = term.share * (estimate / term.coefficient).magnitude
        result[number].terms[place].coefficient = estimate
        if estimate.magnitude < library.settings.threshold
          || result[number].terms[place].share < library.settings.share
        {
          result[number].terms[place].coefficient = 0
          result[number].terms[place].standardError = 0
          result[number].terms[place].share = 0
        }
      }
    }
    return result
  }

  private func collocationPoints(_ model: FieldModel) -> [[Double]] {
    let sampling = experiment.sampling
    let place: PointSource.Place = model.domain?.interior.map { .inside($0) } ?? .slice(model.region.interior)
    let source = PointSource(
      place: place, count: sampling.points, sampler: sampler(named: sampling.method) ?? SobolSampler(),
      stream: RandomStream(seed: experiment.seed, purpose: "interior"))
    return source.points(dimensions: model.region.dimensions, draw: 0).sites[0]
  }

  /// Writes what was found: `equations.txt`, `library.csv`, `parameters.csv`, `discovered.toml`.
  private func conclude(
    _ equations: [DiscoveredEquation], _ training: RunReport?
  ) throws(InputFailure) -> DiscoveryReport {
    let report = DiscoveryReport(folder: folder.path, equations: equations, training: training)
    guard !equations.isEmpty else { return report }
    let all = equations.flatMap { equation in equation.terms.map { (equation.left, $0) } }
    try writeTable(
      header: ["equation", "term", "coefficient", "std_error", "share"],
      rows: all.map { left, term in
        [
          .text(left), .text(term.text), .number(term.coefficient), .number(term.standardError), .number(term.share),
        ]
      }, to: "library.csv", in: folder)
    // 95 % of a normal distribution lie within so many standard deviations.
    let reach = 1.959963984540054
    try writeTable(
      header: RunResults.parameterHeader,
      rows: all.filter { $0.1.coefficient != 0 }.map { left, term in
        [
          .text("\(left): \(term.text)"), .number(term.coefficient), .number(term.standardError),
          .number(term.coefficient - reach * term.standardError),
          .number(term.coefficient + reach * term.standardError),
          .empty, .empty, .empty,
        ]
      }, to: "parameters.csv", in: folder)
    let found = try experiment.holding(equations, names: try experiment.coefficientNames(equations))
    try folder.replace("equations.txt", with: equations.map { $0.text + "\n" }.joined())
    try folder.replace("discovered.toml", with: tomlText(of: found.resolved))
    return report
  }
}
