#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A coefficient p that is trained through an unbounded number q, so that no step can leave its bounds.
///
/// | form | p(q) | dp/dq |
/// | --- | --- | --- |
/// | linear, no bounds | s q, s = max(|guess|, tiny) or 1 | s |
/// | below or above | m ± e^q | ± e^q |
/// | between a and b | a + (b − a) ℓ(q), ℓ the logistic function | (p − a)(b − p)/(b − a) |
/// | log | e^q, m + e^q | e^q |
/// | log between a > 0 and b | a (b/a)^ℓ(q) | p ln(b/a) ℓ(1 − ℓ) |
package struct UnknownParameter: Sendable, Equatable {
  package var name: String
  package var guess: Double
  /// More values to start from.
  package var otherGuesses: [Double]
  package var lower: Double?
  package var upper: Double?
  package var isLogarithmic: Bool
  /// Multiplies the learning rate of first-order optimizers.
  package var learningRateFactor: Double
  /// Whether it keeps its value: losses have no slope by it.
  package var isHeld = false

  /// - Precondition: all guesses lie strictly between the bounds, and above zero where logarithmic.
  package init(
    name: String, guess: Double, otherGuesses: [Double] = [], lower: Double? = nil, upper: Double? = nil,
    isLogarithmic: Bool = false,
    learningRateFactor: Double = 1
  ) {
    for guess in [guess] + otherGuesses {
      precondition(lower ?? -.infinity < guess && guess < upper ?? .infinity, "guess \(guess) of \(name)")
      precondition(!isLogarithmic || guess > 0, "logarithm of guess \(guess) of \(name)")
    }
    self.name = name
    self.guess = guess
    self.otherGuesses = otherGuesses
    self.lower = lower
    self.upper = upper
    self.isLogarithmic = isLogarithmic
    self.learningRateFactor = learningRateFactor
  }

  /// The value that start number `draw` begins with: one guess after the other.
  package func guess(draw: Int) -> Double {
    let number = draw % (otherGuesses.count + 1)
    return number == 0 ? guess : otherGuesses[number - 1]
  }

  private enum Form {
    case linear(scale: Double)
    case exponential(origin: Double, sign: Double)
    case logistic(Double, Double)
    case geometric(Double, Double)
  }

  private var form: Form {
    if isLogarithmic {
      switch (lower ?? 0, upper) {
      case (let a, let b?) where a > 0: return .geometric(a, b)
      case (let a, let b?): return .logistic(a, b)
      case (let a, nil): return .exponential(origin: a, sign: 1)
      }
    }
    switch (lower, upper) {
    case (let a?, let b?): return .logistic(a, b)
    case (let a?, nil): return .exponential(origin: a, sign: 1)
    case (nil, let b?): return .exponential(origin: b, sign: -1)
    case (nil, nil): return .linear(scale: guess == 0 ? 1 : abs(guess))
    }
  }

  /// q of a value strictly inside the bounds.
  package func raw(_ value: Double) -> Double {
    switch form {
    case .linear(let scale): value / scale
    case .exponential(let origin, let sign): log(sign * (value - origin))
    case .logistic(let a, let b): log((value - a) / (b - value))
    case .geometric(let a, let b): log(log(value / a) / log(b / value))
    }
  }

  /// The bound that a value has come as near to as makes no difference; nil where there is none.
  package func boundReached(by value: Double) -> Double? {
    let size = if let lower, let upper { upper - lower } else { abs(guess - (lower ?? upper ?? guess)) }
    return [lower, upper].compactMap { $0 }.first { abs(value - $0) <= UnknownParameter.leastDistance * size }
  }

  /// Of a bound, beside the width of the range or the distance of the guess.
  private static let leastDistance = 1e-3

  /// p and dp/dq at q.
  package func value(raw q: Double) -> (value: Double, slope: Double) {
    switch form {
    case .linear(let scale): return (scale * q, scale)
    case .exponential(let origin, let sign):
      let e = sign * exp(q)
      return (origin + e, e)
    case .logistic(let a, let b):
      let l = 1 / (1 + exp(-q))
      // Rounding may pass a bound by one place.
      return (min(max(a + (b - a) * l, a), b), (b - a) * l * (1 - l))
    case .geometric(let a, let b):
      let l = 1 / (1 + exp(-q))
      let value = min(max(a * pow(b / a, l), a), b)
      return (value, value * log(b / a) * l * (1 - l))
    }
  }
}
