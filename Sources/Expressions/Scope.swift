import Autodiff
package import Diagnostics

/// The highest total order of a derivative.
let highestOrder = MultiIndex.maximumOrder

/// The names that a text may use.
package struct Scope: Sendable {
  package enum Meaning: Sendable {
    /// A variable, by its number.
    case variable(Int)
    /// Anything that is a node already: a field, an unknown, a constant, a column.
    case node(NodeID)
    /// A named sub-expression, parsed where it is used, in the scope of its user.
    case definition(LocatedText)
  }

  package var names: [String: Meaning]
  /// The variables by number.
  package var variables: [String]
  /// The variable that `laplacian(u)` leaves out.
  package var timeVariable: Int?
  /// The units of names that have one. A name without is not looked at where units are checked.
  package var units: [String: Unit] = [:]
  /// The range of each variable, as far as it is the same everywhere: the limits of an integral that names none.
  package var ranges: [ClosedRange<Double>?] = []
  /// The components of the outward normal, one for each variable; nil where there is no boundary.
  package var normal: [NodeID]?
  /// Whether integrals over parts of space may occur, which no program can read.
  package var allowsIntegrals = false
  /// Whether `sum`, `mean`, and `min` and `max` of one argument may occur, which run over points.
  package var allowsReductions = false

  /// - Parameter names: the variables need not be among them.
  package init(
    names: [String: Meaning] = [:], variables: [String] = [], timeVariable: Int? = nil, normal: [NodeID]? = nil
  ) {
    self.names = names
    self.variables = variables
    self.timeVariable = timeVariable
    self.normal = normal
    for (number, variable) in variables.enumerated() { self.names[variable] = .variable(number) }
  }
}

extension Scope {
  /// What an identifier stands for.
  enum Resolution {
    /// A name of the scope, or of a constant of the language, derived by some variables.
    case known(name: String, by: [Int])
    /// Two ways to read the subscript.
    case ambiguous([Int], [Int], base: String)
    /// A subscript of too many variables.
    case order(Int)
    case unknown
  }

  /// Looks an identifier up: the whole name first, else the longest name before an `_` after which variables follow.
  func resolve(_ identifier: String) -> Resolution {
    if isKnown(identifier) { return .known(name: identifier, by: []) }
    for split in splits(identifier) where isKnown(split.prefix) {
      switch segmented(split.suffix) {
      case .none: continue
      case .one(let by): return .known(name: split.prefix, by: by)
      case .several(let first, let second): return .ambiguous(first, second, base: split.prefix)
      case .tooMany(let order): return .order(order)
      }
    }
    return .unknown
  }

  private func isKnown(_ name: String) -> Bool {
    names[name] != nil || builtInConstants.contains { $0.name == name }
  }

  /// The definition that an identifier stands for, or the name before its subscript.
  func definition(in identifier: String) -> String? {
    guard case .known(let name, _) = resolve(identifier), case .definition = names[name] else { return nil }
    return name
  }

  /// The ways to cut an identifier at an `_`, the longest prefix first.
  func splits(_ identifier: String) -> [(prefix: String, suffix: String)] {
    let scalars = identifier.unicodeScalars
    return scalars.indices.reversed().compactMap { place in
      guard scalars[place] == "_" else { return nil }
      let suffix = scalars[scalars.index(after: place)...]
      return suffix.isEmpty || place == scalars.startIndex ? nil : (String(scalars[..<place]), String(suffix))
    }
  }

  enum Segmentation {
    case none
    case one([Int])
    case several([Int], [Int])
    case tooMany(Int)
  }

  /// The suffix of a subscript as variables one after the other, `_` allowed between them.
  ///
  /// Derivatives commute, so readings that differ in order only are the same.
  func segmented(_ suffix: String) -> Segmentation {
    let text = Array(suffix.unicodeScalars)
    let spelled = variables.map { Array($0.unicodeScalars) }
    func matches(_ variable: Int, _ place: Int) -> Bool {
      !spelled[variable].isEmpty && text[place...].starts(with: spelled[variable])
    }
    /// Where the next variable begins after one that ends at `place`.
    func starts(after place: Int) -> [Int] {
      place + 1 < text.count && text[place] == "_" ? [place, place + 1] : [place]
    }
    // fewest[place]: how few variables spell the text from there; nil where none do.
    var fewest = [Int?](repeating: nil, count: text.count + 2)
    fewest[text.count] = 0
    for place in text.indices.reversed() {
      for variable in variables.indices where matches(variable, place) {
        for next in starts(after: place + spelled[variable].count) {
          if let rest = fewest[next], fewest[place].map({ rest + 1 < $0 }) ?? true { fewest[place] = rest + 1 }
        }
      }
    }
    guard let order = fewest[0], order > 0 else { return .none }
    guard order <= highestOrder else { return .tooMany(order) }
    var readings: [[Int]] = []
    var pending: [(place: Int, by: [Int])] = [(0, [])]
    while let (place, by) = pending.popLast(), readings.count < 2 {
      if place == text.count {
        if !readings.contains(by.sorted()) { readings.append(by.sorted()) }
        continue
      }
      for variable in variables.indices.reversed() where matches(variable, place) {
        for next in starts(after: place + spelled[variable].count) {
          if let rest = fewest[next], by.count + 1 + rest <= highestOrder { pending.append((next, by + [variable])) }
        }
      }
    }
    return readings.count == 1 ? .one(readings[0]) : .several(readings[0], readings[1])
  }
}
