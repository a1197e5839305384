import Experiments
import Synchronization
import Training

/// Progress on standard error: one line that is rewritten on a terminal, a plain line every few seconds elsewhere.
final class ProgressDisplay: Sendable {
  private struct State {
    var lastShown: ContinuousClock.Instant?
    var phaseStart: (iteration: Int, seconds: Double) = (0, 0)
    var phase = 0
    var phases: [String] = []
    var lineIsOpen = false
    var lastRow: LossRow?
  }

  private let state = Mutex(State())
  private let quiet: Bool
  var isQuiet: Bool { quiet }
  private let isTerminal: Bool
  private let clock = ContinuousClock()

  init(quiet: Bool) {
    self.quiet = quiet
    isTerminal = Terminal.standardErrorIsTerminal
  }

  func note(_ text: String) {
    guard !quiet else { return }
    end()
    Terminal.say("note: \(text)")
  }

  func show(_ progress: Progress) {
    guard !quiet else { return }
    state.withLock { state in
      switch progress {
      case .began(let folder, let parameters, let residuals, _, _, let phases):
        state.phases = phases
        Terminal.say("training \(parameters) parameters on \(residuals) residuals; results in \(folder)")
      case .iterated(let row, let iterations, let seconds):
        if state.phase != row.phase {
          state.phase = row.phase
          state.phaseStart = (row.iteration - 1, seconds)
        }
        state.lastRow = row
        guard isDue(&state) else { return }
        let done = row.iteration - state.phaseStart.iteration
        let rate = (seconds - state.phaseStart.seconds) / Double(max(1, done - 1))
        let left = done > 1 ? ", at most \(duration(rate * Double(iterations - done))) left" : ""
        let name = state.phases.indices.contains(row.phase - 1) ? state.phases[row.phase - 1] : ""
        let line =
          "phase \(row.phase) \(name): \(done)/\(iterations), loss \(short(row.total))"
          + (row.heldoutResidual.map { ", held-out residual \(short($0))" } ?? "") + left
        rewrite(line, &state)
      case .endedPhase(let phase, let end):
        closeLine(&state)
        let loss = state.lastRow.map { ", loss \(short($0.total))" } ?? ""
        Terminal.say("phase \(phase) ended: \(end.sentence)\(loss)")
        state.lastShown = nil
        // Slabs of time all begin with the first.
        state.phase = 0
      case .profiled(let unknown, let value, let deviance, let limit, let count):
        guard isDue(&state) else { return }
        rewrite(
          "profile of \(unknown): \(count) \(count == 1 ? "point" : "points"), deviance \(short(deviance)) of "
            + "\(short(limit)) at \(short(value))", &state)
      }
    }
  }

  /// Whether a line is to be shown now; it is then taken as shown.
  private func isDue(_ state: inout State) -> Bool {
    let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(5)
    if let last = state.lastShown, clock.now - last < interval { return false }
    state.lastShown = clock.now
    return true
  }

  /// Puts a line in the place of the last one on a terminal, below it elsewhere.
  private func rewrite(_ line: String, _ state: inout State) {
    guard isTerminal else { return Terminal.say(line) }
    Terminal.sayRaw("\r\u{1B}[K" + line)
    state.lineIsOpen = true
  }

  /// Takes the line that is being rewritten away.
  func end() { state.withLock { closeLine(&$0) } }

  private func closeLine(_ state: inout State) {
    if state.lineIsOpen { Terminal.sayRaw("\r\u{1B}[K") }
    state.lineIsOpen = false
  }

  /// The end of a run: errors against references, estimates, requirements.
  func conclude(_ report: RunReport) {
    if !quiet {
      if report.wasFinished { Terminal.say("the run in \(report.folder) is complete already") }
      for (name, value) in report.metrics where !name.hasPrefix("loss_") {
        Terminal.say("\(name) = \(short(value))")
      }
    }
    for sentence in report.missed { Terminal.say("requirement not met: \(sentence)") }
  }
}

extension ProgressDisplay {
  /// The end of a search for equations: what each leaves unexplained, and that of the last training.
  func conclude(_ report: DiscoveryReport) {
    if let training = report.training { conclude(training) }
    guard !isQuiet else { return }
    for equation in report.equations {
      Terminal.say(
        "\(equation.left): \(equation.kept.count) of \(equation.terms.count) terms; \(short(equation.residual)) of it is left unexplained"
      )
    }
    Terminal.say("results in \(report.folder)")
  }
}

/// Four significant digits.
func short(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return "\(value)" }
  var exponent = 0
  var mantissa = abs(value)
  while mantissa >= 10 {
    mantissa /= 10
    exponent += 1
  }
  while mantissa < 1 {
    mantissa *= 10
    exponent -= 1
  }
  let sign = value < 0 ? "-" : ""
  if (-3...4).contains(exponent) {
    var scale = 1.0
    for _ in 0..<max(0, 3 - exponent) { scale *= 10 }
    return "\(sign)\((abs(value) * scale).rounded() / scale)"
  }
  return "\(sign)\((mantissa * 1000).rounded() / 1000)e\(exponent)"
}

/// A time as people say it.
func duration(_ seconds: Double) -> String {
  let whole = Int(max(0, min(seconds, 1e9)).rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
