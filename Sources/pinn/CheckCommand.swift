import ArgumentParser
import Configurations
import Diagnostics
import Experiments
import Kernels
import Tables
import TextTable
import Training

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Validates an experiment and reports what training it would take.",
    discussion: """
      Everything short of training: expressions compiled, points drawn, files read, one evaluation timed. Where there \
      are unknowns, the errors that their estimates can be expected to have.
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @OptionGroup var processors: ProcessorOptions

  @Flag(help: "Print the resolved experiment, every default included, as TOML instead.")
  var resolved = false

  @Option(help: ArgumentHelp("Draw the points of all terms as a picture.", valueName: "file"))
  var svg: String?

  @Option(help: ArgumentHelp("Unknowns to estimate, as for infer; all by default.", valueName: "names"))
  var params: String?

  @Option(
    help: ArgumentHelp(
      "Where the unknowns are expected: guess, true, fit for a quick fit, or a run folder.", valueName: "place"))
  var at: String?

  @Option(help: ArgumentHelp("Standard deviation of the noise of data that do not say theirs.", valueName: "sigma"))
  var noise: Double?

  @Option(help: ArgumentHelp("Propose so many more places to measure at.", valueName: "count"))
  var design: Int?

  func validate() throws {
    if let noise, !(noise > 0 && noise.isFinite) { throw ValidationError("--noise must be positive, found \(noise)") }
    if let design, !(1...1000).contains(design) {
      throw ValidationError("--design must be between 1 and 1000, found \(design)")
    }
  }

  private var place: Identifiability.Place? {
    switch at {
    case nil: design == nil && noise == nil ? nil : .guess
    case "guess": .guess
    case "true": .truth
    case "fit": .fit
    case let folder?: .run(folder)
    }
  }

  func run() throws {
    var experiment = try configuration.experiment()
    if let params {
      let (held, notes) = try experiment.estimating(params, baseDirectory: configuration.baseDirectory)
      experiment = held
      for note in notes { Terminal.say("note: \(note)") }
    }
    if experiment.unknowns.isEmpty, at != nil || noise != nil || design != nil {
      throw InputFailure(.usage, "--at, --noise and --design are for experiments with unknowns")
    }
    let pool = processors.pool
    let inspection = try Inspection(experiment, pool: pool, memory: .current)
    for note in inspection.notes { Terminal.say("note: \(note)") }
    if let svg { try inspection.drawPoints(to: svg) }
    var text = resolved ? tomlText(of: experiment.resolved) : escapingControlsWithinLines(report(inspection))
    if !resolved, let outcome = try inspection.identifiability(at: place, noise: noise, pool: pool) {
      let unknowns = IdentifiabilityText(outcome, design: design ?? 0, pool: pool).text
      text += "\n" + escapingControlsWithinLines(unknowns)
    }
    try Terminal.results { writer throws(WriteFailure) in try writer.write(text) }
  }

  private func report(_ inspection: Inspection) -> String {
    let experiment = inspection.experiment
    var lines: [String] = []
    lines.append(experiment.title.isEmpty ? experiment.name : "\(experiment.name): \(experiment.title)")
    for variable in experiment.variables {
      let unit = variable.unit.isEmpty ? "" : " \(variable.unit)"
      lines.append(
        "variable \(variable.name) in [\(shortestDecimal(variable.range.lowerBound)), \(shortestDecimal(variable.range.upperBound))]\(unit)"
          + (variable.isTime ? ", time" : "")
          + (variable.slabs == nil ? "" : inspection.slabs.map { ", in \($0)" } ?? ""))
    }
    for line in inspection.region {
      let error = line.error > 0 ? " ± \(short(line.error))" : ""
      lines.append("\(line.part), \(line.measure) \(short(line.size))\(error)")
    }
    for field in inspection.fields { lines.append("field \(field.name) = \(field.expression)") }
    for unknown in experiment.unknowns {
      let lower = unknown.lower.map { "from \(shortestDecimal($0)) " } ?? ""
      let upper = unknown.upper.map { "to \(shortestDecimal($0)) " } ?? ""
      lines.append(
        "unknown \(unknown.name), guess \(shortestDecimal(unknown.guess)) \(lower)\(upper)"
          + (unknown.isLogarithmic ? "on a logarithmic scale" : "on a linear scale"))
    }
    for network in inspection.networks {
      let name = network.name.map { " \($0)" } ?? ""
      lines.append(
        "network\(name) \(network.layers.map(String.init).joined(separator: "-")) of \(network.activation)")
      lines.append(
        "inputs \(network.features.joined(separator: ", "))"
          + (network.layers[0] > network.features.count ? ", …" : ""))
    }
    lines.append("parameters \(inspection.parameters), unknowns included")
    lines.append("")
    lines.append(termTable(inspection))
    for line in inspection.holding where line.isHard {
      lines.append("hard condition \(line.name), residual at random points at most \(short(line.largest))")
    }
    for line in inspection.integrals {
      lines.append(
        "\(line.name) in '\(line.term)': \(line.points) points, measure \(short(line.measure)), relative error \(short(line.relativeError)) for a bell as wide as the domain"
      )
    }
    for metric in inspection.metrics { lines.append("metric \(metric.name) over \(metric.points)") }
    lines.append("held-out residuals \(inspection.heldoutResiduals)")
    lines.append("total loss at the start \(short(inspection.startTotal))")
    let memory = inspection.memory
    let parts = [
      ("program", memory.program), ("points and data", memory.points), ("loss", memory.loss),
      ("optimizer", memory.optimizer), ("tables", memory.tables),
    ]
    lines.append(
      "memory \(MemoryEstimate.text(memory.total)) at the peak: "
        + parts.map { "\($0.0) \(MemoryEstimate.text($0.1))" }.joined(separator: ", "))
    lines.append(
      "one evaluation of loss and gradient: \(short(Double(inspection.operationsPerStep) / 1e6)) million operations, \(short(1000 * inspection.secondsPerStep)) ms"
    )
    for choice in inspection.choices { lines.append("method auto: \(choice)") }
    for (number, phase) in inspection.phases.enumerated() {
      let seconds = Double(phase.iterations) * (inspection.secondsPerStep(phase.method))
      lines.append(
        "phase \(number + 1): \(phase.method.rawValue), at most \(phase.iterations) iterations in \(duration(seconds))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func termTable(_ inspection: Inspection) -> String {
    let table = TextTable<Inspection.TermLine> { line in
      [
        Column("term" <- line.name), Column("kind" <- line.kind), Column("points" <- line.points, align: .right),
        Column("weight" <- short(line.weight), align: .right),
        Column("at start" <- short(line.startValue), align: .right), Column("network values used" <- line.derivatives),
      ]
    }
    return plainText(table, inspection.terms)
  }
}
