extension Diagnostic {
  /// The diagnostic as text, in the form of compilers:
  ///
  ///     configs/burgers.toml:14:1: error: unknown key 'learnin_rate' in [optimizer]
  ///        14 | learnin_rate = 1e-3
  ///           | ^~~~~~~~~~~~
  ///        help: did you mean 'learning_rate'?
  ///
  /// Control characters of the input are escaped, so that a file cannot drive the terminal.
  package func rendered() -> String {
    var text = ""
    if let location {
      text += "\(escapingControls(location.file.name)):\(location.line):\(location.column): "
    }
    text += "\(severity.rawValue): \(escapingControls(message))"
    if let location, location.line >= 1, location.line <= location.file.lines.count {
      text += "\n" + Diagnostic.excerpt(at: location)
    }
    if let help {
      text += "\n   help: \(escapingControls(help))"
    }
    return text
  }

  /// The source line and a caret line below it. Long lines are cut to a window around the location.
  private static func excerpt(at location: SourceLocation) -> String {
    let scalars = Array(location.file.lines[location.line - 1].unicodeScalars)
    let window = 160
    let start = scalars.count > window ? max(0, min(location.column - 1 - window / 2, scalars.count - window)) : 0
    let shown = scalars[start..<min(scalars.count, start + window)]
    var source = ""
    var padding = ""
    var reach = 0
    for (offset, scalar) in shown.enumerated() {
      let piece = scalar == "\t" ? " " : escapingControls(String(scalar))
      // A combining mark joins the character before it and takes no width of its own.
      let width = scalar.properties.generalCategory == .nonspacingMark ? 0 : piece.count
      source += piece
      if start + offset < location.column - 1 {
        padding += String(repeating: " ", count: width)
      } else if start + offset < location.column - 1 + location.length {
        reach += width
      }
    }
    reach = max(1, reach)
    let number = String(location.line)
    let gutter = String(repeating: " ", count: max(0, 5 - number.count)) + number
    let blank = String(repeating: " ", count: gutter.count)
    return "\(gutter) | \(source)\n\(blank) | \(padding)^" + String(repeating: "~", count: reach - 1)
  }
}

/// The text with control characters (C0, DEL, C1 and bidirectional overrides) written as `\u{…}`.
package func escapingControls(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default:
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// The same of a text of several lines, which stay what they are.
package func escapingControlsWithinLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { escapingControls(String($0)) }
    .joined(separator: "\n")
}
