import Autodiff
import Diagnostics
import Expressions
import TestSupport
import Testing

/// Variables x, y, z and the time t, two outputs u and v of all of them, an unknown and a column.
private struct Fields {
  var graph = ExpressionGraph(variableCount: 4, outputInputs: [[0, 1, 2, 3], [0, 1, 2, 3]])
  var scope = Scope(variables: ["x", "y", "z", "t"], timeVariable: 3)
  let names = SymbolNames(variables: ["x", "y", "z", "t"], outputs: ["u", "v"], unknowns: ["D"], columns: ["g"])

  init() {
    scope.names["u"] = .node(graph.symbol(.output(0, .value, site: 0)))
    scope.names["v"] = .node(graph.symbol(.output(1, .value, site: 0)))
    scope.names["D"] = .node(graph.symbol(.unknown(0)))
    scope.names["g"] = .node(graph.symbol(.column(0)))
  }

  mutating func program(_ texts: [String]) throws(InputFailure) -> ResidualProgram {
    var nodes: [NodeID] = []
    for text in texts { nodes.append(try parseResidual(LocatedText(text), in: scope, graph: &graph)) }
    return ResidualProgram(graph, outputs: nodes)
  }

  /// The derivatives of second and higher order that a program reads, as they are printed.
  func derivatives(_ program: ResidualProgram) -> [String] {
    program.inputs.filter { symbol in
      switch symbol {
      case .output(_, let index, _): index.order > 1
      case .laplacian: true
      case .coordinate, .unknown, .column, .coefficient, .bound, .integral: false
      }
    }.map(names.text)
  }
}

/// Some thirty operations on numbers of size one.
private let tolerance = 1e-11

/// Whether both programs give the same for random inputs, each second derivative drawn for itself; nil where nothing
/// finite is left to compare.
private func agree(_ merged: ResidualProgram, _ whole: ResidualProgram, _ random: inout SeededNumbers) -> Bool? {
  var compared = false
  for _ in 0..<20 {
    let inputs = Dictionary(uniqueKeysWithValues: whole.inputs.map { ($0, random.uniform(-2...2)) })
    let values = merged.inputs.map { symbol in
      guard case .laplacian(let number, let laplacian, let site) = symbol else { return inputs[symbol] ?? .nan }
      return laplacian.summands.reduce(0) { $0 + (inputs[.output(number, $1, site: site)] ?? 0) }
    }
    let expected = whole.evaluate(whole.inputs.map { inputs[$0] ?? .nan })
    for (a, b) in zip(merged.evaluate(values), expected) where b.isFinite && b.magnitude < 1e3 {
      compared = true
      if !((a - b).magnitude <= tolerance * max(1, b.magnitude)) { return false }
    }
  }
  return compared ? true : nil
}

@Suite struct `Merging Laplacians` {
  @Test(
    arguments: [
      (["laplacian(u) = x"], ["laplacian(u, x, y, z)"]),
      (["u_t = D*laplacian(u) + u^3"], ["laplacian(u, x, y, z)"]),
      (["D*u_xx - sin(x) + D*u_yy = u_x"], ["laplacian(u, x, y)"]),
      (["g*u_xx/2 = D - 0.5*g*u_zz"], ["laplacian(u, x, z)"]),
      (["d((1 + x*y)*u_x, x) + d((1 + x*y)*u_y, y)"], ["laplacian(u, x, y)"]),
      (["laplacian(u)^2 + sin(laplacian(u) + u)*v"], ["laplacian(u, x, y, z)"]),
      (["exp(u_xx)*exp(u_yy)"], ["laplacian(u, x, y)"]),
      (["(x + D)*u_xx + x*u_yy + D*u_yy"], ["laplacian(u, x, y)"]),
      (["laplacian(x*(1 - x)*u*y*(1 - y), x, y)"], ["laplacian(u, x, y)"]),
      (["laplacian(tanh(u), x, y)"], ["laplacian(u, x, y)"]),
      (["u_tt = u_xx + u_yy + u_zz"], ["u_tt", "laplacian(u, x, y, z)"]),
      (["u_tt + u_xx + 3*(u_yy + u_zz)"], ["laplacian(u, y, z)", "laplacian(u, x, t)"]),
      (["laplacian(u)", "laplacian(v) + laplacian(u)^2"], ["laplacian(u, x, y, z)", "laplacian(v, x, y, z)"]),
      (["laplacian(u)", "v_xx"], ["u_xx", "v_xx", "laplacian(u, y, z)"]),
      (["u_xx + u_yy", "3*(u_yy + u_xx) - u"], ["laplacian(u, x, y)"]),
      (["laplacian(u, x, y) + u_xy"], ["u_xy", "laplacian(u, x, y)"]),
      (["laplacian(u) + u_xxy"], ["u_xx", "u_xxy", "laplacian(u, y, z)"]),
      (["laplacian(u, y, z) + u_xxxx"], ["u_xxxx", "laplacian(u, y, z)"]),
      (["if(laplacian(u) > x, laplacian(u), 0)"], ["laplacian(u, x, y, z)"]),
      (["abs(u_xx + u_yy) + min(u, 2*u_xx + 2*u_yy)"], ["laplacian(u, x, y)"]),
    ] as [([String], [String])])
  func `takes second derivatives that are read as a sum for one`(texts: [String], expected: [String]) throws {
    var fields = Fields()
    let whole = try fields.program(texts)
    let merged = whole.mergingLaplacians()
    #expect(Set(fields.derivatives(merged)) == Set(expected), "\(texts)")
    var random = SeededNumbers(seed: 41)
    #expect(agree(merged, whole, &random) == true)
    #expect(merged.mergingLaplacians() == merged)
    #expect(merged.instructions.count <= whole.instructions.count)
  }

  @Test(
    arguments: [
      ["u_t = u_x + u"], ["u_xx = u"], ["u_xx + 2*u_yy"], ["D*u_xx + u_yy"], ["x*u_xx + y*u_yy"],
      ["(x + 1)^2*u_xx + (x^2 + 2*x + 1)*u_yy"], ["d((1 + x)*u_x, x) + d(u_y, y)"], ["u_xx*u_yy"], ["u_xx^2 + u_yy^2"],
      ["laplacian(u, x, y)", "u_xx"],
      ["u_xx + u_yy", "u_xx - u_yy"], ["u_xx + u_yy + v_xx"], ["laplacian(u, x, y) + u_xxy"],
      ["laplacian(u, x, y) + v_xxy"], ["u_xx + v_yy"], ["laplacian(laplacian(u, x, y), x, y) + laplacian(u, x, y)"],
      // Not seen by derivatives.
      ["u_xx + u_yy + step(u_xx)"], ["if(u_xx > 0, 1, 2) + u_xx + u_yy"], ["if(u_xx, u_xx + u_yy, u)"],
      ["floor(u_yy) + u_xx + u_yy"], ["u_xx + u_yy + sign(u_x*u_yy)"], ["max(u_xx, u_yy) + min(u_xx, u_yy)"],
    ] as [[String]])
  func `leaves the rest as it is`(texts: [String]) throws {
    var fields = Fields()
    let whole = try fields.program(texts)
    #expect(whole.mergingLaplacians() == whole)
  }

  @Test func `keeps the sites of a periodic condition apart`() throws {
    var fields = Fields()
    let here = try parseExpression(LocatedText("laplacian(u, x, y)"), in: fields.scope, graph: &fields.graph)
    let there = try parseExpression(LocatedText("u_xx + 2*u_yy"), in: fields.scope, graph: &fields.graph)
    for (partner, expected) in [
      (here, ["laplacian(u, x, y)", "elsewhere(laplacian(u, x, y))"]),
      (there, ["elsewhere(u_xx)", "elsewhere(u_yy)", "laplacian(u, x, y)"]),
    ] {
      let moved = fields.graph.moved(partner, toSite: 1)
      let residual = fields.graph.subtract(here, moved)
      let whole = ResidualProgram(fields.graph, outputs: [residual])
      let merged = whole.mergingLaplacians()
      #expect(fields.derivatives(merged) == expected)
      var random = SeededNumbers(seed: 42)
      #expect(agree(merged, whole, &random) == true)
    }
  }

  @Test func `leaves the jets with a part for the sum and the first derivatives below it`() throws {
    var fields = Fields()
    let merged = try fields.program(["u_t = laplacian(u) + v_xx"]).mergingLaplacians()
    let set = merged.derivativeSet(output: 0, site: 0)
    #expect(set.laplacians == [Laplacian([1, 2])])
    #expect(set.indices.map(\.variables) == [[], [0], [1], [2], [3], [0, 0]])
    #expect(merged.derivativeSet(output: 1, site: 0).laplacians.isEmpty)
    #expect(merged.derivativeSet(output: 0, site: 1).count == 1)
  }

  @Test(arguments: [43, 44] as [UInt64])
  func `never changes the value of random residuals`(seed: UInt64) throws {
    let leaves = [
      "x", "0.7", "D", "g", "u", "v", "u_x", "u_xx", "u_yy", "v_zz", "u_xy", "laplacian(u)", "laplacian(u, x, y)",
      "laplacian(v)", "D*(u_xx + u_yy)", "laplacian(x*u, x, y)", "u_xxy",
    ]
    var random = SeededNumbers(seed: seed)
    var (changed, compared) = (0, 0)
    for _ in 0..<1500 {
      let own = (0..<random.integer(2...4)).map { _ in random.element(leaves) }
      let texts = (0..<random.integer(1...2)).map { _ in randomExpression(own, depth: random.integer(1...4), &random) }
      var fields = Fields()
      let whole = try fields.program(texts)
      let merged = whole.mergingLaplacians()
      if merged != whole { changed += 1 }
      guard let agrees = agree(merged, whole, &random) else { continue }
      compared += 1
      #expect(agrees, "seed \(seed): \(texts) became \(fields.derivatives(merged))")
    }
    #expect(changed > 200 && compared > 1000, "\(changed) changed, \(compared) compared")
  }

  @Test(arguments: [45] as [UInt64])
  func `finds the sum in every residual that is made of it`(seed: UInt64) throws {
    let leaves = ["y", "0.7", "D", "u", "u_x", "laplacian(u)", "laplacian(u)", "D*laplacian(u)", "laplacian(y*u)"]
    var random = SeededNumbers(seed: seed)
    var changed = 0
    for _ in 0..<500 {
      let text = randomExpression(leaves, depth: random.integer(1...4), &random)
      var fields = Fields()
      let whole = try fields.program([text])
      let merged = whole.mergingLaplacians()
      let isRead = !fields.derivatives(whole).isEmpty
      #expect(fields.derivatives(merged) == (isRead ? ["laplacian(u, x, y, z)"] : []), "seed \(seed): \(text)")
      if isRead { changed += 1 }
    }
    #expect(changed > 200)
  }

  @Test func `gives a symbol that can be printed and derived`() throws {
    var fields = Fields()
    let laplacian = Symbol.laplacian(0, Laplacian([1, 0]), site: 0)
    let node = fields.graph.symbol(laplacian)
    let product = fields.graph.multiply(node, node)
    let slope = try fields.graph.derivative(of: product, by: 2)
    let text = fields.graph.text(slope, names: fields.names)
    #expect(text == "2*laplacian(u, x, y)*(u_xxz + u_yyz)")
    #expect(fields.names.text(laplacian) == "laplacian(u, x, y)")
    let moved = fields.graph.moved(node, toSite: 1)
    #expect(fields.graph.symbols(of: [moved]) == [.laplacian(0, Laplacian([0, 1]), site: 1)])
    #expect(Symbol.output(1, .value, site: 0) < laplacian && laplacian < .unknown(0))
    #expect(
      laplacian < .laplacian(0, Laplacian([0, 2]), site: 0) && laplacian < .laplacian(1, Laplacian([0, 1]), site: 0))
  }
}
