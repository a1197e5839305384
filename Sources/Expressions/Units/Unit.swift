import RealModule

/// A unit of measurement as a product of powers of unit words: mm²/s is mm² s⁻¹.
///
/// Two units can be added and compared where they are the same multiple of the same powers of the SI's base units. What
/// is known of each word stands in `unitCatalogue`; a word that is not there is a base unit of its own.
package struct Unit: Sendable, Equatable {
  /// The words with their exponents, none of them 0.
  package private(set) var powers: [String: Rational]
  /// A plain number, as in "10^6/ml".
  package private(set) var factor: Double

  package static let one = Unit()

  private init() {
    powers = [:]
    factor = 1
  }

  init(word: String) {
    powers = [word: 1]
    factor = 1
  }

  init(factor: Double) {
    powers = [:]
    self.factor = factor
  }

  package static func * (a: Unit, b: Unit) -> Unit {
    var product = a
    product.factor *= b.factor
    for (word, exponent) in b.powers {
      let sum = (product.powers[word] ?? 0) + exponent
      product.powers[word] = sum == 0 ? nil : sum
    }
    return product
  }

  package static func / (a: Unit, b: Unit) -> Unit { a * b.raised(to: -1) }

  package func raised(to exponent: Rational) -> Unit {
    guard exponent != 0 else { return .one }
    var power = self
    power.factor = .pow(factor, exponent.value)
    power.powers = powers.mapValues { $0 * exponent }
    return power
  }

  // MARK: Comparing

  /// The multiple of base units that it is: its size, and the exponents of the base units.
  private var reduced: (size: Double, powers: [String: Rational]) {
    var size = factor
    var bases: [String: Rational] = [:]
    for (word, exponent) in powers {
      let known = definition(ofUnit: word)
      size *= .pow(known?.size ?? 1, exponent.value)
      for (base, power) in known?.powers ?? [word: 1] {
        let sum = (bases[base] ?? 0) + power * exponent
        bases[base] = sum == 0 ? nil : sum
      }
    }
    return (size, bases)
  }

  package enum Comparison: Sendable {
    case same
    /// The same kind of quantity; the first is so many times as large as the second.
    case scaled(Double)
    case different
  }

  package func compared(with other: Unit) -> Comparison {
    let (a, b) = (reduced, other.reduced)
    guard a.powers == b.powers else { return .different }
    let ratio = a.size / b.size
    return abs(ratio - 1) < 1e-9 ? .same : .scaled(ratio)
  }

  /// Whether it is the number 1: "1", "m/m", "rad".
  package var isOne: Bool { if case .same = compared(with: .one) { true } else { false } }

  /// The words that the catalogue does not know, in alphabetical order.
  package var unknownWords: [String] { powers.keys.filter { definition(ofUnit: $0) == nil }.sorted() }
}

extension Unit: CustomStringConvertible {
  /// "kg*m/s^2"; "1" where nothing is left.
  package var description: String {
    func text(_ word: String, _ exponent: Rational) -> String {
      exponent == 1 ? word : "\(word)^\(exponent.denominator == 1 ? "\(exponent)" : "(\(exponent))")"
    }
    let words = powers.sorted { $0.key < $1.key }
    var above = words.filter { $0.value.value > 0 }.map { text($0.key, $0.value) }
    let below = words.filter { $0.value.value < 0 }.map { text($0.key, $0.value * -1) }
    if factor != 1 { above.insert("\(factor)", at: 0) }
    if above.isEmpty { above = ["1"] }
    switch below.count {
    case 0: return above.joined(separator: "*")
    case 1: return above.joined(separator: "*") + "/" + below[0]
    default: return above.joined(separator: "*") + "/(" + below.joined(separator: "*") + ")"
    }
  }
}

/// A fraction of whole numbers in lowest terms, the denominator positive.
package struct Rational: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  package let numerator: Int
  package let denominator: Int

  /// - Precondition: the denominator is not 0.
  package init(_ numerator: Int, _ denominator: Int) {
    precondition(denominator != 0, "a fraction over 0")
    var (a, b) = (abs(numerator), abs(denominator))
    while b != 0 { (a, b) = (b, a % b) }
    let sign = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / max(1, a)
    self.denominator = sign * denominator / max(1, a)
  }

  package init(integerLiteral value: Int) { self.init(value, 1) }

  /// The fraction with a denominator of at most 12 that a number is, if it is one, and not a large one.
  package init?(_ value: Double) {
    guard abs(value) <= 1000 else { return nil }
    for denominator in 1...12 {
      let numerator = value * Double(denominator)
      if abs(numerator - numerator.rounded()) < 1e-9 {
        self.init(Int(numerator.rounded()), denominator)
        return
      }
    }
    return nil
  }

  package var value: Double { Double(numerator) / Double(denominator) }

  package static func + (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }

  package static func * (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.numerator, a.denominator * b.denominator)
  }

  package var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}
