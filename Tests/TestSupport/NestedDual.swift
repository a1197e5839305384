package import Autodiff
package import KernelInterface
package import RealModule

/// Numbers that the reference activations take: doubles and duals of them, nested at will.
package protocol ReferenceNumber: AlgebraicField, ElementaryFunctions, Sendable {
  static func erf(_ x: Self) -> Self
  init(_ value: Double)
}

extension Double: ReferenceNumber {}

extension Dual: ReferenceNumber where Scalar: ReferenceNumber {
  package init(_ value: Double) { self.init(Scalar(value), 0) }

  /// erf′ = 2/√π · e^(−x²)
  package static func erf(_ x: Dual) -> Dual {
    Dual(Scalar.erf(x.value), Scalar(2 / Double.pi.squareRoot()) * .exp(-(x.value * x.value)) * x.derivative)
  }
}

/// Sixteen coefficients of products of four infinitesimals: what mixed derivatives up to fourth order need.
package typealias FourDual = Dual<Dual<Dual<Dual<Double>>>>
/// One more, for the direction of a directional derivative.
package typealias FiveDual = Dual<FourDual>

extension FourDual {
  /// `coefficient(mask)` belongs to the product of the infinitesimals ε_l with bit l of the mask set.
  package init(coefficient c: (_ mask: Int) -> Double) {
    func level1(_ high: Int) -> Dual<Double> { Dual<Double>(c(high), c(high | 1)) }
    func level2(_ high: Int) -> Dual<Dual<Double>> { Dual<Dual<Double>>(level1(high), level1(high | 2)) }
    func level3(_ high: Int) -> Dual<Dual<Dual<Double>>> {
      Dual<Dual<Dual<Double>>>(level2(high), level2(high | 4))
    }
    self.init(level3(0), level3(8))
  }

  package func coefficient(_ mask: Int) -> Double {
    let three = mask & 8 == 0 ? value : derivative
    let two = mask & 4 == 0 ? three.value : three.derivative
    let one = mask & 2 == 0 ? two.value : two.derivative
    return mask & 1 == 0 ? one.value : one.derivative
  }
}

extension MultiIndex {
  /// The derivative that a product of infinitesimals stands for when the l-th of them goes along the l-th variable of
  /// this one; nil where the mask has bits above the order.
  package func part(ofMask mask: Int) -> MultiIndex? {
    let all = variables
    return mask >> all.count == 0 ? MultiIndex(all.indices.filter { mask >> $0 & 1 == 1 }.map { all[$0] }) : nil
  }

  /// The mask of the derivative itself.
  package var fullMask: Int { (1 << order) - 1 }
}

extension Activation {
  /// The function in terms of others than the kernels use, so that its derivatives come about in another way.
  package func reference<Number: ReferenceNumber>(_ z: Number) -> Number {
    switch self {
    case .tanh:
      let e = Number.expMinusOne(z + z)
      return e / (e + 2)
    case .sin: return .sin(z)
    case .swish: return z / (1 + .exp(-z))
    case .gelu: return z * (1 + .erf(z * Number(0.5.squareRoot()))) / 2
    case .sigmoid: return 1 / (1 + .exp(-z))
    case .softplus: return .log(onePlus: .exp(z))
    case .identity: return z
    }
  }
}
