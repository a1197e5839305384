import Diagnostics
import Problems

/// Reads a text like "huber(1.5)".
///
/// - Parameters: `make` returns nil for a name or number of arguments that it does not know, `usages` are those it does.
/// - Throws: its form, name or numbers, with help.
private func member<Member>(
  _ text: LocatedText, _ constants: [String: Double], _ what: String, usages: [String],
  make: (String, [Double]) -> Member?, objection: (Member) -> String?
) throws(InputFailure) -> Member {
  let call = try NamedCall(text, constants: constants)
  guard let member = make(call.name, call.arguments) else {
    let names = usages.map { String($0.prefix { $0 != "(" }) }
    let known = usages.first { $0.prefix { $0 != "(" } == call.name }
    let near = nearestName(to: call.name, among: names)
    throw InputFailure(
      .configuration,
      known.map { "\(what) is written \($0), found '\(text.text)'" } ?? "there is no \(what) '\(call.name)'",
      at: text.location,
      help: known == nil ? near.map { "did you mean '\($0)'?" } ?? "choices are \(usages.joined(separator: ", "))" : nil
    )
  }
  if let objection = objection(member) { throw InputFailure(.configuration, objection, at: text.location) }
  return member
}

extension Prior {
  init(_ text: LocatedText, constants: [String: Double]) throws(InputFailure) {
    self = try member(
      text, constants, "prior", usages: Prior.usages, make: { Prior(name: $0, arguments: $1) },
      objection: { $0.objection })
  }
}

extension RobustLoss {
  init(_ text: LocatedText, constants: [String: Double]) throws(InputFailure) {
    self = try member(
      text, constants, "loss", usages: RobustLoss.usages, make: { RobustLoss(name: $0, arguments: $1) },
      objection: { $0.objection })
  }
}

extension Experiment {
  /// Priors and robust losses are weighed by the noise of the data, which must be known.
  func checkNoise(_ root: LocatedTable, _ report: Report) {
    let constants = Dictionary(self.constants.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    func read(_ body: () throws(InputFailure) -> Void) {
      do throws(InputFailure) {
        try body()
      } catch {
        for diagnostic in error.diagnostics { report(diagnostic.message, diagnostic.location, diagnostic.help) }
      }
    }
    for table in root.tables("data") {
      let text = table.text("loss")
      read { () throws(InputFailure) in
        guard try RobustLoss(text, constants: constants) != .squares, table["sigma"] == nil else { return }
        report(
          "'\(text.text)' counts residuals in units of their noise, which is not given", text.location,
          "say how large it is without the outliers: sigma = 0.1")
      }
    }
    for entry in root.tableEntries("unknowns") {
      guard let text = entry.table.textIfPresent("prior") else { continue }
      let unknown = unknowns.first { $0.baseName == entry.key.name }
      read { () throws(InputFailure) in
        let prior = try Prior(text, constants: constants)
        if case .lognormal = prior, let unknown, !(unknown.lower ?? -1 >= 0 || unknown.isLogarithmic) {
          report(
            "a lognormal prior is for positive unknowns, and '\(entry.key.name)' may be negative", text.location,
            "add scale = \"log\" or min = 0")
        }
      }
      if let data = root.tables("data").first(where: { $0["sigma"] == nil }) {
        report(
          "a prior is weighed against the noise of the data, and that of '\(data.word("name"))' is not given",
          text.location, "add sigma, the standard deviation of the noise, to [[data]]")
      }
    }
  }
}
