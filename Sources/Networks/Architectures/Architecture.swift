package import Autodiff

/// A hidden layer of an architecture before its parameters have places.
package struct HiddenLayerPlan: Sendable, Equatable {
  package var units: Int
  /// Whether it reads the features instead of the layer before.
  package var readsInputs: Bool
  package var combination: Combination

  package init(_ units: Int, readsInputs: Bool = false, _ combination: Combination = .none) {
    self.units = units
    self.readsInputs = readsInputs
    self.combination = combination
  }
}

/// How the hidden layers of a network hang together. The outputs are an affine map of what the last of them leaves.
///
/// An architecture says what is computed and nothing else: parameters, start values, jets, gradients and Jacobian rows
/// follow from the plan.
package protocol Architecture: Sendable {
  static var name: String { get }
  /// One line for lists.
  static var summary: String { get }

  /// The layers in order, for so many features and the widths that the user gave.
  ///
  /// - Precondition: `objection` has none to these widths.
  static func layers(inputs: Int, hidden: [Int]) -> [HiddenLayerPlan]

  /// What is wrong with the widths; nil where nothing is.
  static func objection(to hidden: [Int]) -> String?
}

extension Architecture {
  /// For architectures whose layers are combined elementwise.
  static func objectionToDifferentWidths(_ hidden: [Int]) -> String? {
    guard Set(hidden).count > 1 else { return nil }
    return "hidden layers of architecture '\(name)' must have one width, found \(hidden)"
  }
}
