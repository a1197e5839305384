import Diagnostics
import Expressions

/// Text like "normal(0.1, 0.02)": a name and numbers.
struct NamedCall {
  let name: String
  let arguments: [Double]

  /// - Parameter constants: names that the numbers may use.
  /// - Throws: what is wrong with its form, or with a number, at its place.
  init(_ text: LocatedText, constants: [String: Double]) throws(InputFailure) {
    let scalars = Array(text.text.unicodeScalars)
    let open = scalars.firstIndex(of: "(") ?? scalars.count
    name = NamedCall.trimmed(scalars[..<open])
    guard open < scalars.count else {
      arguments = []
      return
    }
    let last = scalars.lastIndex { !$0.properties.isWhitespace } ?? open
    guard scalars[last] == ")" else {
      throw InputFailure(
        .configuration, "'\(text.text)' has no closing bracket", at: text.location, help: "write name(number, …)")
    }
    var (numbers, start, depth) = ([Double](), open + 1, 0)
    for place in open + 1...last {
      let isEnd = place == last
      if !isEnd, scalars[place] == "(" { depth += 1 }
      if !isEnd, scalars[place] == ")" { depth -= 1 }
      guard isEnd || scalars[place] == "," && depth == 0 else { continue }
      // "name()" has no numbers.
      if isEnd, numbers.isEmpty, NamedCall.trimmed(scalars[start..<place]).isEmpty { break }
      numbers.append(try evaluateConstant(text.part(start..<place), constants: constants))
      start = place + 1
    }
    arguments = numbers
  }

  private static func trimmed(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars.filter { !$0.properties.isWhitespace })
    return String(view)
  }
}
