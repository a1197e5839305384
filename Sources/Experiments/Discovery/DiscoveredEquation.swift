import Configurations
import Diagnostics
import Tables
import Training

/// An equation found among the candidates of a library.
package struct DiscoveredEquation: Sendable {
  package struct Term: Sendable {
    package var text: String
    /// Zero where it was dropped.
    package var coefficient: Double
    package var standardError: Double
    /// Root mean square of the term with its coefficient, as a share of that of the left side.
    package var share: Double
  }

  package var left: String
  /// Factor of both sides, "1" where there is none.
  var weight: String
  /// All candidates, in their order.
  package var terms: [Term]
  /// Root mean square of what is left, as a share of that of the left side.
  package var residual: Double

  init(_ library: Experiment.Library, _ fit: SparseRegression) {
    left = library.left.text
    weight = library.weight.text
    residual = fit.residual
    terms = library.terms.indices.map { place in
      Term(
        text: library.terms[place].text, coefficient: fit.coefficients[place],
        standardError: fit.standardErrors[place], share: fit.shares[place])
    }
  }

  package var kept: [Term] { terms.filter { $0.coefficient != 0 } }

  /// The equation in the language of experiments, coefficients with six digits: `x_t = -10*x + 10*y`.
  package var text: String {
    var text = ""
    for term in kept {
      let size = shortestDecimal(DiscoveredEquation.rounded(term.coefficient.magnitude))
      let sign = term.coefficient < 0 ? "-" : "+"
      text += text.isEmpty ? (sign == "-" ? "-" : "") : " \(sign) "
      text += term.text == "1" ? size : "\(size)*\(DiscoveredEquation.factor(term.text))"
    }
    return "\(left) = \(text.isEmpty ? "0" : text)"
  }

  /// The same with names in place of numbers, and both sides times the weight.
  func text(names: [String]) -> String {
    let terms = zip(names, kept).map { name, term in
      term.text == "1" ? name : "\(name)*\(DiscoveredEquation.factor(term.text))"
    }
    let sum = terms.isEmpty ? "0" : terms.joined(separator: " + ")
    return weight == "1" ? "\(left) = \(sum)" : "(\(left) - (\(sum)))*(\(weight))"
  }

  /// A term as one factor of a product: in parentheses, unless it is a product itself.
  private static func factor(_ text: String) -> String {
    var depth = 0
    let isProduct = text.allSatisfy { character in
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      return depth > 0 || character.isLetter || character.isNumber || "_*^.)".contains(character)
    }
    return isProduct ? text : "(\(text))"
  }

  /// To six significant digits.
  private static func rounded(_ value: Double) -> Double {
    var scale = 1.0
    while value / scale >= 1e6 { scale *= 10 }
    var factor = 1.0
    while value * factor < 1e5, factor < 1e300 { factor *= 10 }
    return (value / scale * factor).rounded() / factor * scale
  }
}
