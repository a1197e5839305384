package import Configurations
package import Diagnostics
import Kernels
import Problems
import Tables
import Training

/// The profiles of some unknowns of a trained run, as `pinn infer --profile` leaves them in its folder.
package struct Profiles {
  private let problem: AssembledProblem
  /// The numbers of the unknowns, in the order of the experiment.
  private let unknowns: [Int]

  /// `name,value,deviance,violation`: the profiles point by point.
  package static let tableName = "profile.csv"
  /// `name,estimate,profile_low,profile_high,ci_low,ci_high,true,unit`: where they end.
  package static let intervalsName = "intervals.csv"

  /// - Parameter names: unknowns, those of all groups by the name without a group; none for all there are.
  /// - Throws: `.usage` for what is no unknown, `.configuration` where the problem has no profiles.
  package init(_ experiment: Experiment, names: [String]) throws(InputFailure) {
    let all = experiment.unknowns
    for name in names where !all.contains(where: { $0.name == name || $0.baseName == name }) {
      let known = all.map(\.name)
      throw InputFailure(
        .usage, "--profile names '\(name)', which is no unknown that is estimated",
        help: nearestName(to: name, among: known).map { "did you mean '\($0)'?" }
          ?? "unknowns are \(known.joined(separator: ", "))")
    }
    unknowns = all.indices.filter { number in
      names.isEmpty || names.contains(all[number].name) || names.contains(all[number].baseName)
    }
    problem = try AssembledProblem(experiment)
    let setup = problem.setup
    let obstacle =
      JointInformation.obstacle(setup.loss, weights: setup.weights, layout: setup.layout)
      ?? GaussNewton.obstacle(parameters: setup.layout.count, residuals: setup.loss.residualCounts.reduce(0, +))
    if let obstacle { throw InputFailure(.configuration, "there are no profiles: \(obstacle)") }
  }

  /// Makes the profiles at the parameters that a run ended with, and leaves them beside its tables.
  ///
  /// - Throws: `.temporary` where it was asked to stop, with the folder as it was; `.data` where nothing can be said about
  ///   the errors of the unknowns.
  package func write(inRun path: String, options: RunOptions) throws(InputFailure) {
    let pool = WorkerPool(threadCount: options.threads, instructionSet: options.instructionSet)
    guard let theta = try readCheckpoint(inFolder: path).vectors["theta"], theta.count == problem.setup.layout.count
    else { throw InputFailure(.data, "the checkpoint in '\(path)' does not fit this experiment") }
    let estimates: Estimates
    switch Estimates.at(theta, of: problem, pool: pool) {
    case .found(let found): estimates = found
    case .none(let reason): throw InputFailure(.data, "there are no profiles: \(reason)")
    }
    var profiles: [(number: Int, profile: LikelihoodProfile)] = []
    for number in unknowns {
      profiles.append((number, try profile(of: number, at: theta, estimates, pool: pool, options: options)))
    }
    for (number, profile) in profiles {
      for note in notes(on: profile, of: number, estimates) { options.note(note) }
    }
    let folder = try RunFolder(creating: path, fileSystem: options.fileSystem)
    try writing { () throws(WriteFailure) in try folder.contents.remove(RunManifest.name) }
    try writeTable(
      header: ["name", "value", "deviance", "violation"],
      rows: profiles.flatMap { number, profile in
        profile.points.map { point in
          [
            .text(name(number)), .number(value(number, point.raw)), .number(point.deviance),
            .number(point.violation),
          ]
        }
      }, to: Profiles.tableName, in: folder)
    try writeTable(
      header: ["name", "estimate", "profile_low", "profile_high", "ci_low", "ci_high", "true", "unit"],
      rows: profiles.map { number, profile in row(number, profile, estimates.lines[number]) },
      to: Profiles.intervalsName, in: folder)
    try RunManifest(of: folder).write(to: folder)
  }

  private func profile(
    of number: Int, at theta: [Double], _ estimates: Estimates, pool: WorkerPool, options: RunOptions
  ) throws(InputFailure) -> LikelihoodProfile {
    let reach = LikelihoodProfile.Reach(
      quantile: estimates.reach, standardError: estimates.joint.unknowns.standardError(number) * estimates.scale,
      scale: estimates.scale)
    var count = 0
    let profile = LikelihoodProfile(
      of: number, in: problem.setup, at: theta, weights: estimates.joint.weights, reach: reach, pool: pool
    ) { point in
      count += 1
      options.progress(
        .profiled(
          unknown: name(number), value: value(number, point.raw), deviance: point.deviance,
          limit: reach.quantile * reach.quantile, count: count))
      return options.stopRequest() == nil
    }
    if let profile { return profile }
    if let reason = options.stopRequest() {
      throw InputFailure(
        .temporary, "no profile: \(reason)", help: "the same command with --resume goes on from the trained run")
    }
    throw InputFailure(.data, "there is no profile of '\(name(number))': the loss is not finite at its estimate")
  }

  private func name(_ number: Int) -> String { problem.experiment.unknowns[number].name }

  private func value(_ number: Int, _ raw: Double) -> Double {
    problem.setup.layout.unknowns[number].value(raw: raw).value
  }

  /// The ends as values, which may have changed places; nil where there is none.
  private func ends(_ number: Int, _ profile: LikelihoodProfile) -> (low: Double?, high: Double?) {
    let ends = (profile.lower.map { value(number, $0) }, profile.upper.map { value(number, $0) })
    return isRising(number) ? ends : (ends.1, ends.0)
  }

  private func isRising(_ number: Int) -> Bool { value(number, 1) > value(number, 0) }

  private func row(_ number: Int, _ profile: LikelihoodProfile, _ line: Estimates.Line) -> [CSVCell] {
    let unknown = problem.experiment.unknowns[number]
    let ends = ends(number, profile)
    return [
      .text(unknown.name), .number(line.value), CSVCell(ends.low), CSVCell(ends.high),
      .number(line.interval.lowerBound), .number(line.interval.upperBound), CSVCell(unknown.truth),
      unknown.unit.isEmpty ? .empty : .text(unknown.unit),
    ]
  }

  /// So much of the limit, as violation of the equations, and the networks are too small for what they are asked.
  private static let largeViolation = 1.0

  private func notes(on profile: LikelihoodProfile, of number: Int, _ estimates: Estimates) -> [String] {
    let limit = estimates.reach * estimates.reach
    let (first, last) = (profile.points[0], profile.points[profile.points.count - 1])
    var notes: [String] = []
    for (end, point, isUpper) in [(profile.lower, first, false), (profile.upper, last, true)] where end == nil {
      let side = isUpper == isRising(number) ? "above" : "below"
      notes.append(
        "\(name(number)) is not bounded from \(side): at \(rounded(value(number, point.raw))) the deviance is \(rounded(point.deviance)), of \(rounded(limit))"
      )
    }
    let violations = profile.points.filter { $0.deviance <= limit }.map(\.violation)
    if let least = violations.min(), let most = violations.max(), most - least > Profiles.largeViolation * limit {
      notes.append(
        "the equations are not met equally well along the profile of \(name(number)): larger networks would follow it better"
      )
    }
    return notes
  }
}
