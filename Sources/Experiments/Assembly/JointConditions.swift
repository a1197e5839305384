import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems

/// Linear conditions on one face that can each hold, and not all of them together.
///
/// At a point of a face a linear condition is a row of Σ aₖ zₖ + b = 0, where z are the values and derivatives of all
/// fields there. What holds all over the face may be differentiated along it, which gives more rows: u = g makes u_t = g_t
/// at a wall. So do the equations, which hold up to the boundary: u = f at the start of u_t = u_xx makes u_t = f_xx. Rows
/// contradict each other if some factors yᵢ make Σ yᵢ aᵢ = 0 and Σ yᵢ bᵢ ≠ 0, and elimination finds the rows that a
/// contradiction needs, and no others.
///
/// What it deliberately does not do: look at conditions that are not linear, or that hold on a part of a face; compare the
/// two sides of a periodic one; find contradictions between faces that only integrals tell, as between the fluxes at all
/// walls and the source inside.
struct JointConditions {
  /// A condition or equation, with its place among the rows that came before it.
  struct Row {
    var name: String
    var isEquation: Bool
    /// What the user wrote, "d(…, t)" where it was differentiated.
    var text: String
    var location: SourceLocation
    var node: NodeID
  }

  struct Contradiction {
    /// With their factors, such that a sum of the texts leaves `rest`.
    var rows: [(row: Row, factor: Double)]
    var rest: Double
    var point: [Double]

    var names: [String] {
      rows.filter { !$0.row.isEquation }.reduce(into: []) { if !$0.contains($1.row.name) { $0.append($1.row.name) } }
    }
    var equations: [String] {
      rows.filter(\.row.isEquation).reduce(into: []) { if !$0.contains($1.row.name) { $0.append($1.row.name) } }
    }
  }

  private static let points = 8
  private static let rounding = 1e-9
  private static let mostRows = 150

  let experiment: Experiment
  let places: ConditionPlaceReader

  /// The contradictions on all faces, each face with the first that is found.
  func contradictions(
    _ model: inout FieldModel
  ) -> [(face: BoxRegion.Face, found: Contradiction)] {
    let equations = experiment.equations.flatMap { equation in
      rows(of: [equation.expression], name: equation.name, isEquation: true, on: nil, &model)
    }
    var found: [(face: BoxRegion.Face, found: Contradiction)] = []
    for face in model.region.faces {
      var known: [Row] = []
      for condition in experiment.conditions where condition.rows == nil {
        let isThere = condition.places.contains { text in
          ((try? places.read(text)) ?? []).contains { $0.face == face }
        }
        guard isThere, let texts = condition.expressions else { continue }
        known += rows(of: texts, name: condition.name, isEquation: false, on: face, &model)
      }
      guard !known.isEmpty, known.count + equations.count > 1 else { continue }
      // Conditions first, so that equations are blamed only where they are needed.
      if let contradiction = contradiction(of: known + equations, on: face, &model) {
        found.append((face, contradiction))
      }
    }
    return found
  }

  /// The texts as rows, where they can be read on a face.
  private func rows(
    of texts: [LocatedText], name: String, isEquation: Bool, on face: BoxRegion.Face?, _ model: inout FieldModel
  ) -> [Row] {
    var rows: [Row] = []
    for text in texts {
      for group in model.groups(of: [text]) {
        var scope = model.formalScope(group: group)
        if let face, face.variable != scope.timeVariable {
          scope.normal = model.region.outwardNormal(of: face).map { model.graph.constant($0) }
        }
        guard let node = try? parseResidual(text, in: scope, graph: &model.graph) else { continue }
        rows.append(Row(name: name, isEquation: isEquation, text: text.text, location: text.location, node: node))
      }
    }
    return rows
  }

  /// The rows and their derivatives along the face, as far as no order comes up that none of them had.
  private func prolonged(_ rows: [Row], on face: BoxRegion.Face, _ model: inout FieldModel) -> [Row] {
    var highest = 0
    for row in rows { highest = max(highest, order(row.node, model)) }
    var all = rows
    var next = rows.map { (row: $0, first: 0) }
    while !next.isEmpty, all.count < JointConditions.mostRows {
      var derived: [(row: Row, first: Int)] = []
      for (row, first) in next where order(row.node, model) < highest {
        for variable in first..<model.region.dimensions where variable != face.variable {
          guard let node = try? model.graph.derivative(of: row.node, by: variable) else { continue }
          var new = row
          new.node = node
          new.text = "d(\(row.text), \(model.region.variables[variable].name))"
          derived.append((new, variable))
        }
      }
      all += derived.map(\.row)
      next = derived
    }
    return all
  }

  /// The highest derivative in a row; that of what has no field is without bound.
  private func order(_ node: NodeID, _ model: FieldModel) -> Int {
    model.graph.symbols(of: [node]).reduce(-1) { order, symbol in
      if case .output(_, let index, _) = symbol { max(order, index.order) } else { order }
    }
  }

  private func contradiction(
    of rows: [Row], on face: BoxRegion.Face, _ model: inout FieldModel
  ) -> Contradiction? {
    var linear: [(row: Row, factors: [Symbol: Int], rest: Int)] = []
    var nodes: [NodeID] = []
    func add(_ node: NodeID, _ model: inout FieldModel) -> Int {
      nodes.append(model.graph.replacing(node, at: face, of: model.region))
      return nodes.count - 1
    }
    for row in prolonged(rows, on: face, &model) {
      let symbols = model.graph.symbols(of: [row.node])
      let outputs = symbols.filter { $0.networkOutput != nil }
      let isKnown = symbols.allSatisfy { symbol in
        if case .coordinate(_, 0) = symbol { true } else { symbol.networkOutput?.number ?? -1 >= model.outputCount }
      }
      let slopes = outputs.map { (try? model.graph.derivatives(of: [row.node], bySymbol: $0))?.first }
      guard isKnown, !outputs.isEmpty, outputs.allSatisfy({ $0.site == 0 }), slopes.allSatisfy({ $0 != nil }),
        !model.graph.symbols(of: slopes.compactMap { $0 }).contains(where: { $0.networkOutput != nil })
      else { continue }
      let zero = model.graph.constant(0)
      let rest = model.graph.replacing(row.node) { $0.networkOutput == nil ? nil : zero }
      var factors: [Symbol: Int] = [:]
      for (symbol, slope) in zip(outputs, slopes) { if let slope { factors[symbol] = add(slope, &model) } }
      linear.append((row, factors, add(rest, &model)))
    }
    let unknowns = Set(linear.flatMap { $0.factors.keys }).sorted()
    let points = samplePoints(
      in: model.region.slice(face), count: JointConditions.points, sampler: UniformSampler(),
      stream: RandomStream(seed: 0, purpose: "joint conditions"))
    let values = model.values(of: nodes, at: points)
    var first: Contradiction?
    for (number, value) in values.enumerated() {
      let numbers = linear.map { row in
        unknowns.map { symbol in row.factors[symbol].map { value[$0] } ?? 0 } + [value[row.rest]]
      }
      guard let sum = JointConditions.combination(numbers) else { return nil }
      guard first == nil else { continue }
      let dimensions = model.region.dimensions
      first = Contradiction(
        rows: sum.factors.map { (linear[$0.row].row, $0.factor) }, rest: sum.rest,
        point: Array(points[(number * dimensions)..<((number + 1) * dimensions)]))
    }
    return first
  }

  /// Factors with which rows add up to a number that is not 0, by elimination; nil where the rows can all hold.
  ///
  /// Rows with numbers that are not finite are left out.
  ///
  /// - Shapes: a row has a number for each unknown and, last, what stands beside them.
  private static func combination(_ rows: [[Double]]) -> (factors: [(row: Int, factor: Double)], rest: Double)? {
    var basis: [(pivot: Int, row: [Double], origin: [Double])] = []
    for (number, given) in rows.enumerated() {
      let size = given.dropLast().reduce(0) { max($0, abs($1)) }
      guard size > 0, given.allSatisfy(\.isFinite), let last = given.indices.last else { continue }
      var row = given
      var origin = [Double](repeating: 0, count: rows.count)
      origin[number] = 1
      var restSize = abs(row[last])
      for known in basis where row[known.pivot] != 0 {
        let ratio = row[known.pivot] / known.row[known.pivot]
        for place in row.indices { row[place] -= ratio * known.row[place] }
        for place in origin.indices { origin[place] -= ratio * known.origin[place] }
        row[known.pivot] = 0
        restSize = max(restSize, abs(ratio * known.row[last]))
      }
      let pivot = (0..<last).max { abs(row[$0]) < abs(row[$1]) } ?? 0
      if abs(row[pivot]) > rounding * size {
        basis.append((pivot, row, origin))
      } else if abs(row[last]) > rounding * max(restSize, size) {
        return (origin.indices.filter { abs(origin[$0]) > rounding }.map { ($0, origin[$0]) }, row[last])
      }
    }
    return nil
  }
}
