import KernelInterface
import RealModule

extension Activation {
  /// f and its derivatives f′ … f⁽⁵⁾ at z.
  func derivatives(_ z: Double) -> [Double] {
    switch self {
    case .tanh:
      // y′ = 1 − y²
      let y = Double.tanh(z)
      return polynomialDerivatives(slope: [1, 0, -1]).map { $0.value(at: y) }
    case .sin: return [.sin(z), .cos(z), -.sin(z), -.cos(z), .sin(z), .cos(z)]
    case .sigmoid: return logisticDerivatives(z)
    case .softplus: return [max(z, 0) + .log(onePlus: .exp(-abs(z)))] + logisticDerivatives(z).prefix(5)
    case .swish: return timesArgument(logisticDerivatives(z), z)
    case .gelu: return timesArgument(normalDerivatives(z), z)
    case .identity: return [z, 1, 0, 0, 0, 0]
    }
  }

  /// Jets y = f(z) from terms alone: y_p = Σ c f⁽ᵏ⁾(z₀) z_{p1} ⋯ z_{pk}.
  func jet(_ table: JetTable, _ z: [Double]) -> [Double] {
    let f = derivatives(z[0])
    var y = [Double](repeating: 0, count: table.partCount)
    y[0] = f[0]
    for term in table.terms {
      y[Int(term.part)] += term.coefficient * f[Int(term.order)] * term.places.reduce(1) { $0 * z[$1] }
    }
    return y
  }

  /// The cotangents of z from those of y: every summand of `jet` differentiated by z₀ and by each of its factors.
  func pull(_ table: JetTable, _ z: [Double], _ yBar: [Double]) -> [Double] {
    let f = derivatives(z[0])
    var zBar = [Double](repeating: 0, count: table.partCount)
    zBar[0] = f[1] * yBar[0]
    for term in table.terms {
      let (places, seed) = (term.places, term.coefficient * yBar[Int(term.part)])
      zBar[0] += seed * f[places.count + 1] * places.reduce(1) { $0 * z[$1] }
      for moved in places.indices {
        let others = places.indices.filter { $0 != moved }
        zBar[places[moved]] += seed * f[places.count] * others.reduce(1) { $0 * z[places[$1]] }
      }
    }
    return zBar
  }
}

extension JetTerm {
  /// The parts multiplied.
  fileprivate var places: [Int] { (0..<Int(order)).map { Int(factors[$0]) } }
}

/// A polynomial by its coefficients, the constant first.
private typealias Polynomial = [Double]

extension Polynomial {
  fileprivate func value(at y: Double) -> Double { reversed().reduce(0) { $0 * y + $1 } }

  fileprivate var derivative: Polynomial { indices.dropFirst().map { Double($0) * self[$0] } }

  fileprivate func times(_ other: Polynomial) -> Polynomial {
    var product = Polynomial(repeating: 0, count: count + other.count - 1)
    for i in indices {
      for j in other.indices { product[i + j] += self[i] * other[j] }
    }
    return product
  }
}

/// y, y′ … y⁽⁵⁾ as polynomials in y for a function with y′ = slope(y): P₀ = y, P_{k+1} = P_k′ · slope.
private func polynomialDerivatives(slope: Polynomial) -> [Polynomial] {
  var result: [Polynomial] = [[0, 1]]
  while result.count < 6 { result.append(result[result.count - 1].derivative.times(slope)) }
  return result
}

/// The logistic function, s′ = s − s², with its derivatives.
private func logisticDerivatives(_ z: Double) -> [Double] {
  let s = 1 / (1 + Double.exp(-z))
  return polynomialDerivatives(slope: [0, 1, -1]).map { $0.value(at: s) }
}

/// The normal distribution function Φ, its density φ and the derivatives φ⁽ⁿ⁾ = (−1)ⁿ Heₙ(z) φ with the Hermite
/// polynomials He_{n+1} = z Heₙ − n He_{n−1}.
private func normalDerivatives(_ z: Double) -> [Double] {
  let density = .exp(-z * z / 2) / (2 * Double.pi).squareRoot()
  var hermite = [1, z]
  for n in 1..<4 { hermite.append(z * hermite[n] - Double(n) * hermite[n - 1]) }
  return [0.5 * .erfc(-z * 0.5.squareRoot())] + hermite.enumerated().map { $0 % 2 == 0 ? $1 * density : -$1 * density }
}

/// The derivatives of z g(z) from those of g: z g⁽ᵏ⁾ + k g⁽ᵏ⁻¹⁾. Where g vanishes it does so faster than z grows.
private func timesArgument(_ g: [Double], _ z: Double) -> [Double] {
  g.indices.map { k in
    let product = g[k] == 0 ? 0 : z * g[k]
    return k == 0 ? product : product + Double(k) * g[k - 1]
  }
}
