import Experiments
import Kernels
import TextTable
import Training

/// What `pinn check` prints about the unknowns.
struct IdentifiabilityText {
  private let outcome: Identifiability.Outcome
  private let design: Int
  private let pool: WorkerPool

  init(_ outcome: Identifiability.Outcome, design: Int, pool: WorkerPool) {
    self.outcome = outcome
    self.design = design
    self.pool = pool
  }

  var text: String {
    switch outcome {
    case .none(let reason): return "expected errors of the unknowns: none, \(reason)\n"
    case .found(let found):
      let place =
        switch found.place {
        case .guess: "the guess"
        case .truth: "the true values"
        case .fit: "a quick fit"
        case .run(let folder): "the estimates of \(folder)"
        }
      var lines = ["expected errors of the unknowns at \(place)"]
      for noise in found.estimates.noise {
        lines.append(
          "\(noise.name): \(noise.count) values, sigma \(short(noise.sigma))\(noise.isEstimated ? ", estimated" : "")")
      }
      lines.append(errorTable(found.estimates))
      if found.estimates.lines.count > 1, found.estimates.lines.count <= IdentifiabilityText.mostColumns {
        lines.append(correlations(found.estimates))
      }
      lines += found.notes
      if design > 0 { lines += ["", designTable(found)] }
      return lines.joined(separator: "\n") + "\n"
    }
  }

  /// A larger matrix is not for reading.
  private static let mostColumns = 8

  private func errorTable(_ estimates: Estimates) -> String {
    let errors = estimates.information.standardErrors
    let rows = zip(estimates.lines, errors).map { line, relative in
      [line.name, short(line.value), short(line.standardError), percent(relative)]
    }
    return table(["unknown", "value", "std_error", "relative"], rows)
  }

  private func correlations(_ estimates: Estimates) -> String {
    let rows = estimates.lines.indices.map { i in
      [estimates.lines[i].name]
        + estimates.lines.indices.map { short(estimates.information.correlation(min(i, $0), max(i, $0))) }
    }
    return table(["correlation"] + estimates.lines.map(\.name), rows)
  }

  private func designTable(_ found: Identifiability) -> String {
    let points = found.design(count: design, pool: pool)
    guard !points.isEmpty else { return "no places can be proposed for these data and unknowns" }
    let rows = points.map { point in point.coordinates.map(short) + point.errors.map(percent) }
    return "the next measurements that tell most, and the errors after each\n"
      + table(found.variableNames + found.estimates.lines.map(\.name), rows)
  }

  private func percent(_ ratio: Double) -> String { ratio.isFinite ? "\(short(100 * ratio)) %" : "not determined" }

  private func table(_ header: [String], _ rows: [[String]]) -> String {
    let table = TextTable<[String]> { row in
      header.indices.map { Column(header[$0] <- row[$0], align: $0 == 0 ? .left : .right) }
    }
    return plainText(table, rows)
  }
}
