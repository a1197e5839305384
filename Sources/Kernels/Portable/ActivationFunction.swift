/// The derivatives f⁽¹⁾ … f⁽⁵⁾ of an activation at eight points.
typealias Derivatives = (Lanes, Lanes, Lanes, Lanes, Lanes)

/// An activation with its derivatives; jets of order k need k of them forward and k + 1 in reverse.
///
/// `y` is the value that the forward pass stored: functions whose derivatives are polynomials in their value (tanh,
/// sigmoid) need nothing else.
protocol ActivationFunction {
  static func value(_ z: Lanes) -> Lanes
  /// f′, f″, f‴ – what first and second order need.
  static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes)
  /// f′ … f⁽⁵⁾, for orders three and four.
  static func five(_ z: Lanes, _ y: Lanes) -> Derivatives
}

/// With c = 1 − y²: f′ = c, f″ = −2yc, f‴ = c(6y² − 2), f⁗ = c(16y − 24y³), f⁽⁵⁾ = c(16 − 120y² + 120y⁴).
enum TanhFunction: ActivationFunction {
  @inline(__always) static func value(_ z: Lanes) -> Lanes { tanh(z) }
  @inline(__always) static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes) {
    let s = y * y
    let c = 1 - s
    return (c, -2 * y * c, c * multiplyAdd(6, s, Lanes(repeating: -2)))
  }
  @inline(__always) static func five(_ z: Lanes, _ y: Lanes) -> Derivatives {
    let s = y * y
    let c = 1 - s
    let (f1, f2, f3) = three(z, y)
    let f4 = c * y * multiplyAdd(-24, s, Lanes(repeating: 16))
    let f5 = c * multiplyAdd(s, multiplyAdd(120, s, Lanes(repeating: -120)), Lanes(repeating: 16))
    return (f1, f2, f3, f4, f5)
  }
}

/// Derivatives of the logistic function s: with p = s(1 − s) and q = 1 − 2s,
/// s′ = p, s″ = pq, s‴ = p(1 − 6p), s⁗ = pq(1 − 12p), s⁽⁵⁾ = p(1 − 30p + 120p²).
@inline(__always)
private func logisticDerivatives(_ s: Lanes) -> Derivatives {
  let p = s * (1 - s)
  let q = 1 - 2 * s
  return (
    p, p * q, p * (1 - 6 * p), p * q * (1 - 12 * p), p * multiplyAdd(p, 120 * p - 30, Lanes(repeating: 1))
  )
}

enum SigmoidFunction: ActivationFunction {
  @inline(__always) static func value(_ z: Lanes) -> Lanes { sigmoid(z) }
  @inline(__always) static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes) {
    let d = logisticDerivatives(y)
    return (d.0, d.1, d.2)
  }
  @inline(__always) static func five(_ z: Lanes, _ y: Lanes) -> Derivatives { logisticDerivatives(y) }
}

/// f′ is the logistic function, so every further derivative is one of its.
enum SoftplusFunction: ActivationFunction {
  @inline(__always) static func value(_ z: Lanes) -> Lanes { softplus(z) }
  @inline(__always) static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes) {
    let s = sigmoid(z)
    let d = logisticDerivatives(s)
    return (s, d.0, d.1)
  }
  @inline(__always) static func five(_ z: Lanes, _ y: Lanes) -> Derivatives {
    let s = sigmoid(z)
    let d = logisticDerivatives(s)
    return (s, d.0, d.1, d.2, d.3)
  }
}

enum SineFunction: ActivationFunction {
  @inline(__always) static func value(_ z: Lanes) -> Lanes { sincos(z).sin }
  @inline(__always) static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes) {
    let (s, c) = sincos(z)
    return (c, -s, -c)
  }
  @inline(__always) static func five(_ z: Lanes, _ y: Lanes) -> Derivatives {
    let (s, c) = sincos(z)
    return (c, -s, -c, s, c)
  }
}

/// f = z s(z), hence f⁽ᵏ⁾ = z s⁽ᵏ⁾ + k s⁽ᵏ⁻¹⁾ by Leibniz.
enum SwishFunction: ActivationFunction {
  @inline(__always) static func value(_ z: Lanes) -> Lanes { swish(z) }
  @inline(__always) static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes) {
    let s = sigmoid(z)
    let d = logisticDerivatives(s)
    return (multiplyAdd(z, d.0, s), multiplyAdd(z, d.1, 2 * d.0), multiplyAdd(z, d.2, 3 * d.1))
  }
  @inline(__always) static func five(_ z: Lanes, _ y: Lanes) -> Derivatives {
    let s = sigmoid(z)
    let d = logisticDerivatives(s)
    return (
      multiplyAdd(z, d.0, s), multiplyAdd(z, d.1, 2 * d.0), multiplyAdd(z, d.2, 3 * d.1),
      multiplyAdd(z, d.3, 4 * d.2), multiplyAdd(z, d.4, 5 * d.3)
    )
  }
}

/// f = z Φ(z). With φ the normal density, φ′ = −zφ, and Leibniz as for swish:
/// f′ = Φ + zφ, f″ = (2 − z²)φ, f‴ = (z³ − 4z)φ, f⁗ = (−z⁴ + 7z² − 4)φ, f⁽⁵⁾ = (z⁵ − 11z³ + 18z)φ.
enum GELUFunction: ActivationFunction {
  @inline(__always) static func value(_ z: Lanes) -> Lanes { gelu(z) }
  @inline(__always) static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes) {
    let (distribution, density) = normalDistribution(z)
    let s = z * z
    return (multiplyAdd(z, density, distribution), (2 - s) * density, z * (s - 4) * density)
  }
  @inline(__always) static func five(_ z: Lanes, _ y: Lanes) -> Derivatives {
    let (distribution, d) = normalDistribution(z)
    let s = z * z
    return (
      multiplyAdd(z, d, distribution), (2 - s) * d, z * (s - 4) * d, (s * (7 - s) - 4) * d,
      z * (s * (s - 11) + 18) * d
    )
  }
}

enum IdentityFunction: ActivationFunction {
  @inline(__always) static func value(_ z: Lanes) -> Lanes { z }
  @inline(__always) static func three(_ z: Lanes, _ y: Lanes) -> (Lanes, Lanes, Lanes) {
    (Lanes(repeating: 1), Lanes(), Lanes())
  }
  @inline(__always) static func five(_ z: Lanes, _ y: Lanes) -> Derivatives {
    (Lanes(repeating: 1), Lanes(), Lanes(), Lanes(), Lanes())
  }
}
