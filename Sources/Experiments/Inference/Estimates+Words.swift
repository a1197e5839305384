import Tables
import Training

extension Estimates {
  /// Pairs move together from this correlation on.
  private static let strongCorrelation = 0.9
  /// A relative error above which a value is not known, and one above which it is hardly.
  private static let (unknownError, largeError) = (1.0, 0.2)
  /// So many standard errors from the minimum an estimate has not settled.
  private static let unsettledErrors = 0.5
  private static let mostPairs = 10

  /// What the user should know about the estimates, as sentences.
  package var notes: [String] {
    noiseNotes + boundNotes + directionNotes + correlationNotes + settlingNotes + sensitivityNotes
  }

  private var noiseNotes: [String] {
    noise.filter(\.isEstimated).map {
      "the noise of '\($0.name)' is estimated from the misfit of \($0.count) values: sigma = \(rounded($0.sigma))"
    }
  }

  private var boundNotes: [String] {
    lines.compactMap { line in
      line.bound.map {
        "\(line.name) is at its bound \(shortestDecimal($0)): it may be beyond, and its interval says nothing"
      }
    }
  }

  /// Combinations of unknowns that are not determined, by name.
  package var directionNotes: [String] {
    information.directions.compactMap { direction, error in
      guard error > Estimates.unknownError else { return nil }
      let text = combination(direction)
      if !text.isProduct {
        return error.isFinite
          ? "the data hardly determine \(text.words): its relative error is \(percent(error))"
          : "the data do not depend on \(text.words)"
      }
      return error.isFinite
        ? "the data hardly determine the combination \(text.words): its relative error is \(percent(error))"
        : "the data do not determine \(text.words), however many there are: it can change without any change of theirs"
    }
  }

  /// A product of powers that changes along a direction of relative changes.
  private func combination(_ direction: [Double]) -> (words: String, isProduct: Bool) {
    let largest = direction.max { abs($0) < abs($1) } ?? 1
    var words = ""
    var count = 0
    for (line, component) in zip(lines, direction) {
      let power = component / largest
      guard abs(power) >= 0.1 else { continue }
      count += 1
      let size = (abs(power) * 10).rounded() / 10
      words += words.isEmpty ? (power < 0 ? "1/" : "") : power < 0 ? "/" : "*"
      words += line.name + (size == 1 ? "" : "^\(shortestDecimal(size))")
    }
    return (words, count > 1)
  }

  /// Which unknowns move together.
  package var correlationNotes: [String] {
    var notes: [(size: Double, text: String)] = []
    let count = noise.reduce(0) { $0 + $1.count }
    for i in lines.indices {
      for j in 0..<i {
        let correlation = information.correlation(j, i)
        guard abs(correlation) >= Estimates.strongCorrelation else { continue }
        let errors = [i, j].map { information.standardError($0) }
        let way = correlation > 0 ? "together" : "against each other"
        let verdict =
          errors.contains { $0 > Estimates.largeError }
          ? "\(count) samples cannot separate them" : "knowing one would narrow the other"
        notes.append(
          (
            abs(correlation),
            "\(lines[j].name) and \(lines[i].name) move \(way): correlation \(rounded(correlation)); \(verdict)"
          ))
      }
    }
    let sorted = notes.sorted { $0.size > $1.size }.map(\.text)
    return sorted.count <= Estimates.mostPairs
      ? sorted : sorted.prefix(Estimates.mostPairs) + ["\(sorted.count - Estimates.mostPairs) more pairs are as close"]
  }

  private var settlingNotes: [String] {
    var notes: [String] = []
    let worst = lines.filter { $0.bound == nil }.max { abs($0.unsettled) < abs($1.unsettled) }
    if let worst, abs(worst.unsettled) > Estimates.unsettledErrors {
      notes.append(
        "\(worst.name) is \(rounded(abs(worst.unsettled))) standard errors from where measurements and exact equations would put it, which its interval does not count: train longer, or give the equations more weight"
      )
    }
    return notes
  }

  /// Whether the belief in the equations, which is finite, can be seen in the errors.
  package var sensitivityNotes: [String] {
    var notes: [String] = []
    if sensitivity > Estimates.mostSensitivity {
      notes.append(
        "standard errors change by \(percent(sensitivity)) when the equations are believed ten times as exactly: take them as a rough guide"
      )
    }
    return notes
  }

  private static let mostSensitivity = 0.1

  /// The correlations of the errors as a table, `name` and a column for each unknown.
  var correlationTable: (header: [String], rows: [[CSVCell]]) {
    (
      ["name"] + lines.map(\.name),
      lines.indices.map { i in
        [.text(lines[i].name)] + lines.indices.map { .number(information.correlation(min(i, $0), max(i, $0))) }
      }
    )
  }
}

/// Three digits.
func rounded(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return shortestDecimal(value) }
  var scale = 1.0
  var size = abs(value)
  while size >= 1000 { (size, scale) = (size / 10, scale * 10) }
  while size < 100 { (size, scale) = (size * 10, scale / 10) }
  let digits = size.rounded()
  let text = scale >= 1 ? digits * scale : digits / (1 / scale).rounded()
  return shortestDecimal(value < 0 ? -text : text)
}

private func percent(_ ratio: Double) -> String { rounded(100 * ratio) + " %" }
