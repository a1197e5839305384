/// How training finds start values of the weights.
package struct StartRule: Sendable, Equatable {
  /// Weights are drawn again where the loss at the start is above this, or not finite; nil for any finite loss.
  package var cap: Double?
  /// The most draws for one start.
  package var tries: Int
  /// Short trainings, the best of which goes on.
  package var count: Int
  /// Iterations of a short training.
  package var iterations: Int

  package init(cap: Double? = nil, tries: Int = 20, count: Int = 1, iterations: Int = 30) {
    self.cap = cap
    self.tries = tries
    self.count = count
    self.iterations = iterations
  }

  /// The phases with those of short trainings before them.
  package func phases(before phases: [PhaseSettings]) -> [PhaseSettings] {
    guard count > 1, var trial = phases.first else { return phases }
    trial.iterations = iterations
    trial.stop = StopRule()
    trial.isTrial = true
    return [PhaseSettings](repeating: trial, count: count) + phases
  }
}

/// Draws start values and remembers the best that came of some of them.
///
/// The draws are numbered: the first is that of a training without any of this, number n has the random streams of the
/// seed with that index.
struct StartSearch {
  private let rule: StartRule
  private var drawn = 0
  private var best: (value: Double, theta: [Double])?

  init(_ rule: StartRule) { self.rule = rule }

  /// The next start values whose loss is finite and not above the cap; after `tries` draws those of the least loss.
  ///
  /// - Parameters: `initial` makes the start values of a number, `loss` tells the loss there.
  /// - Returns: also a sentence where the first draw was not taken.
  mutating func next(_ initial: (Int) -> [Double], loss: ([Double]) -> Double) -> (theta: [Double], note: String?) {
    var found: (value: Double, theta: [Double])?
    var first = Double.nan
    for number in 0..<rule.tries {
      let theta = initial(drawn)
      let value = loss(theta)
      drawn += 1
      if number == 0 { first = value }
      if value <= rule.cap ?? .greatestFiniteMagnitude {
        let draws = number == 1 ? "2nd" : number == 2 ? "3rd" : "\(number + 1)th"
        return (
          theta,
          number == 0
            ? nil : "the first loss was \(first): training starts from the \(draws) draw of weights, at \(value)"
        )
      }
      // A comparison with NaN is false: it is never better.
      if found == nil || value < found?.value ?? .nan || found?.value.isNaN == true && !value.isNaN {
        found = (value, theta)
      }
    }
    let (value, theta) = found ?? (.nan, initial(0))
    let limit = rule.cap.map { "at or below \($0)" } ?? "finite"
    return (theta, "in \(rule.tries) draws of weights no first loss was \(limit): training starts at \(value)")
  }

  /// Keeps what a short training led to, if it is the best so far.
  mutating func keep(_ theta: [Double], value: Double) {
    if value < best?.value ?? .infinity { best = (value, theta) }
  }

  /// What training goes on from; nil where no short training ended with a finite loss.
  var bestTheta: [Double]? { best?.theta }

  var memory: [String: [Double]] {
    ["start.drawn": [Double(drawn)], "start.best": best?.theta ?? [], "start.value": best.map { [$0.value] } ?? []]
  }

  mutating func restore(_ memory: [String: [Double]]) {
    drawn = memory["start.drawn"]?.first.map { Int($0) } ?? drawn
    if let value = memory["start.value"]?.first, let theta = memory["start.best"] { best = (value, theta) }
  }
}
