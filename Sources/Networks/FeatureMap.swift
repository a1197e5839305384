package import Autodiff
package import Expressions
import KernelInterface

/// What a network is given in place of the variables: expressions in the coordinates, with all their derivatives.
///
/// Features are symbolic, so a scaled variable, sin(2t) and a random Fourier feature are the same kind of thing, and
/// the derivatives that a jet needs are exact.
package struct FeatureMap: Sendable {
  package private(set) var graph: ExpressionGraph
  package private(set) var features: [NodeID]

  /// - Parameters: `features` are nodes of `graph` that depend on coordinates alone.
  package init(graph: ExpressionGraph, features: [NodeID]) {
    self.graph = graph
    self.features = features
  }

  package var count: Int { features.count }

  /// A program whose outputs are ∂^α f, or Δf, for every part and feature f, parts first.
  package func program(parts: DerivativeSet) -> ResidualProgram {
    var graph = graph
    var outputs: [NodeID] = []
    for summands in parts.parts {
      for feature in features {
        var sum = graph.constant(0)
        for index in summands {
          var node = feature
          for variable in index.variables {
            // Coordinates can be differentiated without end; only network outputs have a highest order.
            node = (try? graph.derivative(of: node, by: variable)) ?? graph.constant(.nan)
          }
          sum = graph.add(sum, node)
        }
        outputs.append(sum)
      }
    }
    return ResidualProgram(graph, outputs: outputs)
  }
}

/// Makes the features of a network: scaled variables or expressions, periodic embeddings, random Fourier features.
package struct FeatureMapBuilder {
  private var graph: ExpressionGraph
  private var features: [NodeID] = []

  package init(graph: ExpressionGraph) { self.graph = graph }

  /// Adds (2f − (a + b))/(b − a), which runs over [−1, 1] while f runs over [a, b]; f itself where `range` is nil.
  package mutating func append(_ feature: NodeID, scaledFrom range: ClosedRange<Double>?) {
    guard let range, range.upperBound > range.lowerBound else {
      features.append(feature)
      return
    }
    let width = range.upperBound - range.lowerBound
    let slope = graph.constant(2 / width)
    let shift = graph.constant(-(range.lowerBound + range.upperBound) / width)
    features.append(graph.add(graph.multiply(slope, feature), shift))
  }

  /// Adds cos kφ and sin kφ, k = 1 … `harmonics`, of the angle φ = 2π (x − a)/(b − a) of a variable over its range.
  ///
  /// - Source: Dong & Ni (2021), arXiv:2007.07442: every function of these is periodic with all its derivatives.
  package mutating func appendPeriodic(variable: Int, range: ClosedRange<Double>, harmonics: Int) {
    let frequency = 2 * Double.pi / (range.upperBound - range.lowerBound)
    let coordinate = graph.symbol(.coordinate(variable, site: 0))
    for harmonic in 1...harmonics {
      let k = Double(harmonic) * frequency
      let angle = graph.multiply(
        graph.constant(k), graph.subtract(coordinate, graph.constant(range.lowerBound)))
      features.append(graph.unary(.cos, angle))
      features.append(graph.unary(.sin, angle))
    }
  }

  /// The variables that feature number `feature` is made of.
  package func variables(of feature: Int) -> Set<Int> {
    Set(
      graph.symbols(of: [features[feature]]).compactMap { symbol in
        if case .coordinate(let variable, _) = symbol { variable } else { nil }
      })
  }

  /// Adds sin 2π b·f and cos 2π b·f of the features numbered `numbers`, for each row b of `frequencies`.
  ///
  /// - Shapes: `frequencies` is `[count, numbers.count]`.
  package mutating func appendFourier(frequencies: [[Double]], of numbers: [Int]) {
    let inputs = numbers.map { features[$0] }
    for row in frequencies {
      var angle = graph.constant(0)
      for (input, frequency) in zip(inputs, row) {
        angle = graph.add(angle, graph.multiply(graph.constant(2 * .pi * frequency), input))
      }
      features.append(graph.unary(.sin, angle))
      features.append(graph.unary(.cos, angle))
    }
  }

  package var count: Int { features.count }

  package func build() -> FeatureMap { FeatureMap(graph: graph, features: features) }
}
