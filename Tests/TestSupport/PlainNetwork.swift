import Autodiff
package import Experiments
import Expressions
import KernelInterface
package import Networks
package import Problems
import RealModule
import Training

/// A function of the variables, to be differentiated by nested dual numbers.
package protocol PlainFunction {
  func value<Scalar: ReferenceNumber>(_ x: [Scalar]) -> Scalar
}

extension PlainFunction {
  /// The partial derivative by `variables`, at most four of them, at `x`.
  package func derivative(_ variables: [Int], at x: [Double]) -> Double {
    switch variables.count {
    case 0: value(x)
    case 1: value(seeded(x, variables[0])).derivative
    case 2: value(seeded(seeded(x, variables[0]), variables[1])).derivative.derivative
    case 3:
      value(seeded(seeded(seeded(x, variables[0]), variables[1]), variables[2])).derivative.derivative.derivative
    default:
      value(seeded(seeded(seeded(seeded(x, variables[0]), variables[1]), variables[2]), variables[3]))
        .derivative.derivative.derivative.derivative
    }
  }

  private func seeded<Scalar: ReferenceNumber>(_ x: [Scalar], _ variable: Int) -> [Dual<Scalar>] {
    x.indices.map { Dual(x[$0], Scalar($0 == variable ? 1 : 0)) }
  }
}

/// One output of a network written as loops over plain numbers, from the formulas of its architecture in the literature
/// and not from its plan: only the order of its layers is taken from there.
package struct PlainOutput: PlainFunction {
  /// The features, one after the other.
  package enum Feature: Sendable {
    /// (2x − (a + b))/(b − a)
    case scaled(Int, ClosedRange<Double>)
    case plain(Int)
    /// sin(k x)
    case sine(Int, Double)
    case product(Int, Int)
    /// cos and sin of k 2π (x − a)/(b − a)
    case cosineTurn(Int, ClosedRange<Double>, Double)
    case sineTurn(Int, ClosedRange<Double>, Double)
    /// sin and cos of 2π times a combination of the first features
    case fourierSine([Double])
    case fourierCosine([Double])
  }

  package var network: Network
  package var theta: [Double]
  package var features: [Feature]
  package var unit: Int

  package init(network: Network, theta: [Double], features: [Feature], unit: Int) {
    self.network = network
    self.theta = theta
    self.features = features
    self.unit = unit
  }

  package func value<Scalar: ReferenceNumber>(_ x: [Scalar]) -> Scalar {
    var h: [Scalar] = []
    for feature in features { h.append(PlainOutput.value(of: feature, x, h)) }
    let last = network.layers.count - 1
    switch network.architecture.kind.name {
    case "residual":
      for place in 0..<last {
        let y = hidden(place, h)
        h = place == 0 ? y : zip(h, y).map { $0 + $1 }
      }
    case "gated":
      let (u, v) = (hidden(0, h), hidden(1, h))
      for place in 2..<last { h = gated(hidden(place, h), u, v) }
    case "pirate":
      let (u, v) = (hidden(0, h), hidden(1, h))
      for place in stride(from: 2, to: last, by: 3) {
        let inner = gated(hidden(place + 1, gated(hidden(place, h), u, v)), u, v)
        let layer = network.layers[place + 2]
        let share = Scalar(theta[layer.offset + layer.parameterCount - 1])
        h = zip(hidden(place + 2, inner), h).map { share * $0 + (1 - share) * $1 }
      }
    default:
      for place in 0..<last { h = hidden(place, h) }
    }
    return affine(last, h)[unit]
  }

  private func gated<Scalar: ReferenceNumber>(_ z: [Scalar], _ u: [Scalar], _ v: [Scalar]) -> [Scalar] {
    z.indices.map { (1 - z[$0]) * u[$0] + z[$0] * v[$0] }
  }

  private func hidden<Scalar: ReferenceNumber>(_ place: Int, _ h: [Scalar]) -> [Scalar] {
    let layer = network.layers[place]
    let slopePlace =
      layer.offset + (layer.inputs + 1) * layer.outputs
      + (network.architecture.factorization == nil ? 0 : layer.outputs)
    let slope = network.architecture.slopeScale == nil ? 1 : theta[slopePlace]
    return affine(place, h).map { activated(Scalar(slope) * $0) }
  }

  /// s (x W + b), the columns of W with the factors e^g of their units.
  private func affine<Scalar: ReferenceNumber>(_ place: Int, _ h: [Scalar]) -> [Scalar] {
    let layer = network.layers[place]
    let biases = layer.offset + layer.inputs * layer.outputs
    return (0..<layer.outputs).map { n in
      let factor = network.architecture.factorization == nil ? 1 : Double.exp(theta[biases + layer.outputs + n])
      var z = Scalar(theta[biases + n])
      for k in 0..<layer.inputs { z += h[k] * Scalar(factor * theta[layer.offset + k * layer.outputs + n]) }
      return z * Scalar(layer.scale)
    }
  }

  private static func value<Scalar: ReferenceNumber>(of feature: Feature, _ x: [Scalar], _ h: [Scalar]) -> Scalar {
    switch feature {
    case .scaled(let variable, let range):
      (Scalar(2) * x[variable] - Scalar(range.lowerBound + range.upperBound))
        / Scalar(range.upperBound - range.lowerBound)
    case .plain(let variable): x[variable]
    case .sine(let variable, let k): .sin(Scalar(k) * x[variable])
    case .product(let a, let b): x[a] * x[b]
    case .cosineTurn(let variable, let range, let k): .cos(angle(x[variable], range, k))
    case .sineTurn(let variable, let range, let k): .sin(angle(x[variable], range, k))
    case .fourierSine(let b): .sin(combination(b, h))
    case .fourierCosine(let b): .cos(combination(b, h))
    }
  }

  private static func angle<Scalar: ReferenceNumber>(_ x: Scalar, _ range: ClosedRange<Double>, _ k: Double) -> Scalar {
    Scalar(2 * .pi * k / (range.upperBound - range.lowerBound)) * (x - Scalar(range.lowerBound))
  }

  private static func combination<Scalar: ReferenceNumber>(_ b: [Double], _ h: [Scalar]) -> Scalar {
    zip(b, h).reduce(Scalar(0)) { $0 + Scalar(2 * .pi * $1.0) * $1.1 }
  }

  private func activated<Scalar: ReferenceNumber>(_ z: Scalar) -> Scalar {
    let one = Scalar(1)
    switch network.architecture.activation {
    case .tanh: return .tanh(z)
    case .sin: return .sin(z)
    case .sigmoid: return one / (one + .exp(-z))
    case .swish: return z / (one + .exp(-z))
    case .softplus: return .log(onePlus: .exp(z))
    case .identity: return z
    case .gelu: return Scalar(0.5) * z * (one + .erf(z * Scalar(0.5.squareRoot())))
    }
  }
}

extension AssembledProblem {
  /// The residuals of all point sets in the order of `Objective.residuals`: each network output and derivative by
  /// nested dual numbers, each program by its plain evaluation.
  ///
  /// - Parameters: `features` of the first network, `others` those of the networks behind it; without others all have
  ///   those of the first.
  package func plainResiduals(
    _ set: LossTerms, _ theta: [Double], features: [PlainOutput.Feature], others: [[PlainOutput.Feature]] = []
  ) -> [(term: Int, residual: Double)] {
    func plainOutput(_ number: Int) -> PlainOutput {
      let place = setup.networks.firstIndex { $0.outputs.contains(number) } ?? 0
      let network = setup.networks[place]
      return PlainOutput(
        network: network, theta: theta, features: others.isEmpty ? features : ([features] + others)[place],
        unit: number - network.outputs.lowerBound)
    }
    let unknowns = setup.layout.unknownValues(theta)
    var result: [(term: Int, residual: Double)] = []
    for points in set.pointSets {
      for point in 0..<points.count {
        let startsGroup = point % points.groupSize == 0
        var coefficients = points.coefficients.makeIterator()
        let values = points.program.inputs.map { symbol -> Double in
          switch symbol {
          case .coordinate(let variable, let site): return points.sites[site][variable][point]
          case .unknown(let number): return unknowns[number]
          case .column(let number): return points.columns[number][point]
          case .coefficient: return coefficients.next()?[point] ?? .nan
          case .bound, .integral: preconditionFailure("\(symbol) in a program")
          case .output(let number, let index, let site):
            return plainOutput(number).derivative(index.variables, at: points.sites[site].map { $0[point] })
          case .laplacian(let number, let laplacian, let site):
            let output = plainOutput(number)
            return laplacian.summands.reduce(0) {
              $0 + output.derivative($1.variables, at: points.sites[site].map { $0[point] })
            }
          }
        }
        let outputs = points.program.evaluate(values)
        if startsGroup {
          for (term, output) in zip(points.terms, outputs) { result.append((term, output)) }
        } else {
          for (number, output) in outputs.enumerated() {
            result[result.count - outputs.count + number].residual += output
          }
        }
      }
    }
    return result
  }
}
