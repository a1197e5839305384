import Autodiff
import KernelInterface
import Kernels
import TestSupport

/// Sizes of a call of a layer's kernel, and memory for its operands.
struct LayerCase: CustomStringConvertible {
  /// How a matrix of jets lies in memory.
  enum Layout: CaseIterable {
    /// `[part][unit][point]`, as inputs and outputs of networks.
    case columns
    /// `[part][point][unit]`, rows padded, as hidden layers.
    case rows
    /// The same with room between the parts.
    case looseRows
  }

  /// What memory beside a result holds before and has to hold after.
  static let guardian = 12_345.0

  let named: NamedDerivativeSet
  let activation: Activation
  let inner: Int
  /// Units without padding.
  let outputs: Int
  let points: Int
  let layout: Layout
  /// The distance of the rows of a hidden layer of `outputs` units: padded, or more than that.
  let stride: Int
  let table: JetTable

  init(inner: Int, outputs: Int, _ random: inout SeededNumbers) {
    named = random.element(NamedDerivativeSet.all.filter { $0.set.count <= 8 })
    activation = random.element(Activation.allCases)
    self.inner = inner
    self.outputs = outputs
    points = 8 * random.integer(1...8)
    layout = random.element(Layout.allCases)
    stride = padded(outputs) + 8 * random.integer(0...2)
    table = named.set.jetTable
  }

  var parts: Int { table.partCount }
  var units: Int { padded(outputs) }
  /// Numbers of the jets of a hidden layer of `outputs` units.
  var jetCount: Int { parts * points * stride }

  var description: String {
    "\(inner) to \(outputs), rows \(stride) apart, \(points) points, \(layout), \(activation), \(named)"
  }

  /// Every inner size with some widths, and every width with some inner sizes.
  static func all(_ random: inout SeededNumbers) -> [LayerCase] {
    let (innerSizes, widths) = (Array(1...33), Array(1...72) + [100, 128])
    var cases: [LayerCase] = []
    for inner in innerSizes {
      for _ in 0..<3 { cases.append(LayerCase(inner: inner, outputs: random.element(widths), &random)) }
    }
    for width in widths {
      for _ in 0..<2 { cases.append(LayerCase(inner: random.element(innerSizes), outputs: width, &random)) }
    }
    // Square layers of the usual widths.
    for width in [20, 30, 50, 64, 100, 128] { cases.append(LayerCase(inner: width, outputs: width, &random)) }
    return cases
  }

  /// Random jets of `inner` units in the layout of the case, with NaN between the rows.
  func operand(_ random: inout SeededNumbers) -> PlacedJets {
    let room = 8 * random.integer(0...2)
    let (partStride, pointStride, unitStride) =
      switch layout {
      case .columns: (inner * points, 1, points)
      case .rows: (points * (padded(inner) + room), padded(inner) + room, 1)
      case .looseRows: (points * (padded(inner) + room) + 16, padded(inner) + room, 1)
      }
    var numbers = [Double](repeating: .nan, count: parts * partStride)
    for part in 0..<parts {
      for point in 0..<points {
        for unit in 0..<inner {
          numbers[part * partStride + point * pointStride + unit * unitStride] = random.uniform(-1...1)
        }
      }
    }
    return PlacedJets(numbers: numbers, partStride: partStride, pointStride: pointStride, unitStride: unitStride)
  }

  /// Random jets of a hidden layer of `outputs` units and its padding, with NaN between the rows.
  func rows(_ random: inout SeededNumbers) -> [Double] {
    (0..<(parts * points)).flatMap { _ in
      random.array(units) + [Double](repeating: .nan, count: stride - units)
    }
  }

  /// Random weights that keep sums of `inner` products of numbers below 1 at that size.
  func panels(_ random: inout SeededNumbers) -> [Double] {
    let weights = random.array(inner * outputs).map { $0 / Double(inner).squareRoot() }
    return weightPanels(inner: inner, units: outputs) { weights[$0 * outputs + $1] }
  }

  /// z and y of a hidden layer; what lies between the rows stays as it is.
  func forward(
    _ kernels: KernelTable, _ input: PlacedJets, _ weights: [Double], _ bias: [Double],
    _ combination: JetCombination = .none
  ) -> (z: [Double], y: [Double]) {
    var z = [Double](repeating: Self.guardian, count: jetCount + 8)
    var y = z
    input.withOperand { input in
      withJets(&z, &y) { kernels.forwardHidden(activation, table, input, inner, weights, bias, $0, combination) }
    }
    return (z, y)
  }

  func reverse(
    _ kernels: KernelTable, _ next: PlacedJets, _ weights: [Double], z: [Double], y: [Double],
    _ combination: JetCombination = .none, inner: Int? = nil
  ) -> [Double] {
    var (z, y) = (z, y)
    var zBar = [Double](repeating: Self.guardian, count: jetCount + 8)
    next.withOperand { next in
      withJets(&z, &y) {
        kernels.reverseHidden(activation, table, next, inner ?? self.inner, weights, $0, &zBar, combination)
      }
    }
    return zBar
  }

  private func withJets(_ z: inout [Double], _ y: inout [Double], _ body: (HiddenJets) -> Void) {
    z.withUnsafeMutableBufferPointer { z in
      y.withUnsafeMutableBufferPointer { y in
        guard let z = z.baseAddress, let y = y.baseAddress else { return }
        body(HiddenJets(z: z, y: y, points: points, units: units, stride: stride))
      }
    }
  }
}

/// A matrix of jets with its place in memory.
struct PlacedJets {
  var numbers: [Double]
  var partStride: Int
  var pointStride: Int
  var unitStride: Int

  func withOperand(_ body: (JetOperand) -> Void) {
    numbers.withUnsafeBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      body(JetOperand(base, partStride: partStride, pointStride: pointStride, unitStride: unitStride))
    }
  }
}

/// The largest difference in units of the largest number, or of 1; infinite where one of two is NaN.
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  var (difference, size) = (0.0, 1.0)
  for (x, y) in zip(a, b) where x != y {
    guard (x - y).isFinite else { return .infinity }
    difference = max(difference, abs(x - y))
    if y != LayerCase.guardian { size = max(size, abs(y)) }
  }
  return difference / size
}
