import Autodiff
import Expressions
import Networks
import Testing

/// Two variables, each scaled from [0, 2] and [−1, 1].
func twoScaledFeatures() -> FeatureMap {
  var graph = ExpressionGraph(variableCount: 2, outputInputs: [])
  let (x, y) = (graph.symbol(.coordinate(0, site: 0)), graph.symbol(.coordinate(1, site: 0)))
  var builder = FeatureMapBuilder(graph: graph)
  builder.append(x, scaledFrom: 0...2)
  builder.append(y, scaledFrom: -1...1)
  return builder.build()
}

@Suite struct FeatureMapTests {
  private func values(_ map: FeatureMap, _ parts: DerivativeSet, _ x: [Double]) -> [Double] {
    let program = map.program(parts: parts)
    return program.evaluate(
      program.inputs.map { symbol in
        if case .coordinate(let variable, _) = symbol { x[variable] } else { .nan }
      })
  }

  @Test func `a scaled feature runs over minus one to one`() {
    let map = twoScaledFeatures()
    let value = DerivativeSet(closing: [])
    #expect(values(map, value, [0, -1]) == [-1, -1])
    #expect(values(map, value, [2, 1]) == [1, 1])
    #expect(values(map, value, [1, 0]) == [0, 0])
    let slopes = DerivativeSet(closing: [MultiIndex([0]), MultiIndex([1])])
    // Parts first: values, by x, by y.
    #expect(values(map, slopes, [0.5, 0.25]) == [-0.5, 0.25, 1, 0, 0, 1])
  }

  @Test func `a feature without a range or with an empty one stays as it is`() {
    var graph = ExpressionGraph(variableCount: 1, outputInputs: [])
    let x = graph.symbol(.coordinate(0, site: 0))
    var builder = FeatureMapBuilder(graph: graph)
    builder.append(x, scaledFrom: nil)
    builder.append(x, scaledFrom: 3...3)
    #expect(values(builder.build(), DerivativeSet(closing: []), [7]) == [7, 7])
  }

  @Test func `a periodic variable has the same features and derivatives at both ends`() {
    let graph = ExpressionGraph(variableCount: 1, outputInputs: [])
    var builder = FeatureMapBuilder(graph: graph)
    builder.appendPeriodic(variable: 0, range: -1...2, harmonics: 3)
    let map = builder.build()
    #expect(map.count == 6)
    let parts = DerivativeSet(closing: [MultiIndex([0, 0, 0])])
    for (a, b) in zip(values(map, parts, [-1]), values(map, parts, [2])) { #expect(abs(a - b) < 1e-10) }
    #expect(values(map, DerivativeSet(closing: []), [-1]) == [1, 0, 1, 0, 1, 0])
    let half = values(map, DerivativeSet(closing: []), [0.5])
    let expected: [Double] = [-1, 0, 1, 0, -1, 0]
    for (a, b) in zip(half, expected) { #expect(abs(a - b) < 1e-15) }
  }

  @Test func `Fourier features are sines and cosines of combinations of those before`() {
    var graph = ExpressionGraph(variableCount: 2, outputInputs: [])
    let (x, y) = (graph.symbol(.coordinate(0, site: 0)), graph.symbol(.coordinate(1, site: 0)))
    var builder = FeatureMapBuilder(graph: graph)
    builder.append(x, scaledFrom: nil)
    builder.append(y, scaledFrom: nil)
    builder.appendFourier(frequencies: [[0.5, -0.25], [0, 1]], of: [0, 1])
    let found = values(builder.build(), DerivativeSet(closing: []), [0.5, 1])
    let expected: [Double] = [0.5, 1, 0, 1, 0, 1]
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-15) }
  }
}
