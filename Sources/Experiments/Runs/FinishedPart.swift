import Training

/// What training came to in one slab of time, as checkpoints keep it.
struct FinishedPart {
  var parameters: [Double]
  /// Of the whole run, when the slab was finished.
  var iterations: Int
  var total: Double
  var terms: [Double]
  /// Nil where there are no held-out points of equations.
  var heldout: Double?
  var phaseEnds: [PhaseEnd]

  init(_ result: TrainingResult, heldout: Double?) {
    parameters = result.parameters
    iterations = result.iterations
    total = result.total
    terms = result.terms
    self.heldout = heldout
    phaseEnds = result.phaseEnds
  }

  /// Those of a checkpoint, in their order.
  static func all(in checkpoint: Checkpoint) -> [FinishedPart] {
    var parts: [FinishedPart] = []
    while let part = FinishedPart(in: checkpoint, number: parts.count) { parts.append(part) }
    return parts
  }

  private init?(in checkpoint: Checkpoint, number: Int) {
    func vector(_ name: String) -> [Double]? { checkpoint.vectors["slab.\(number).\(name)"] }
    guard let parameters = vector("theta"), let iterations = vector("iterations")?.first.flatMap({ Int(exactly: $0) }),
      let total = vector("total")?.first, let terms = vector("terms")
    else { return nil }
    self.parameters = parameters
    self.iterations = iterations
    self.total = total
    self.terms = terms
    heldout = vector("heldout")?.first
    phaseEnds = []
    while let end = checkpoint.texts["slab.\(number).phaseEnd.\(phaseEnds.count)"].flatMap(PhaseEnd.init(code:)) {
      phaseEnds.append(end)
    }
  }

  func write(to checkpoint: inout Checkpoint, number: Int) {
    let name = "slab.\(number)"
    checkpoint.vectors["\(name).theta"] = parameters
    checkpoint.vectors["\(name).iterations"] = [Double(iterations)]
    checkpoint.vectors["\(name).total"] = [total]
    checkpoint.vectors["\(name).terms"] = terms
    checkpoint.vectors["\(name).heldout"] = heldout.map { [$0] } ?? []
    for (place, end) in phaseEnds.enumerated() { checkpoint.texts["\(name).phaseEnd.\(place)"] = end.code }
  }
}
