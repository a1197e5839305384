import Autodiff
import KernelInterface
import Kernels
import RealModule
import TestSupport
import Testing

/// Activations of jets against nested dual numbers, which know neither Faà di Bruno's formula nor the kernels'
/// expressions for the derivatives of the activations.
///
/// The kernels apply activations within a hidden layer; here its weights are the identity and its bias is 0, so that its
/// z is its input, and in reverse its ȳ the cotangents it is given.
struct ActivationJetTests {
  /// Relative to the largest summand, which for numbers up to 1 and z up to 4 is below 200.
  private static let tolerance = 1e-12
  /// The jets are numbered through: eight points of a layer of `units` units, three vectors.
  private static let units = 3 * KernelTable.laneCount
  private static let points = KernelTable.laneCount * units
  private static let identity = weightPanels(inner: units, units: units) { $0 == $1 ? 1 : 0 }
  private static let noBias = [Double](repeating: 0, count: units)

  /// A set with its table and random jets of it, `[part][point]`.
  private struct Jets {
    let set: DerivativeSet
    let table: JetTable
    let z: [Double]
    let cotangents: [Double]

    init(_ set: DerivativeSet, _ random: inout SeededNumbers) {
      self.set = set
      table = set.jetTable
      z = random.array(points, -4...4) + random.array((set.count - 1) * points)
      cotangents = random.array(set.count * points)
    }

    func at(_ part: Int, _ point: Int) -> Int { part * points + point }

    /// The jet at a point as a dual number whose infinitesimals are the variables of `index`, a summand of `part`.
    func dual(_ index: MultiIndex, of part: Int, _ point: Int, _ values: [Double]) -> FourDual {
      FourDual { mask in
        index.part(ofMask: mask).map { set.derivative($0, seenBy: part) { values[at($0, point)] } } ?? 0
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all, KernelChoice.all)
  func `forward jets are those of nested dual numbers`(named: NamedDerivativeSet, choice: KernelChoice) {
    var random = SeededNumbers(seed: 61)
    let jets = Jets(named.set, &random)
    for activation in Activation.allCases {
      let a = forward(activation, jets, jets.z, choice.kernels)
      for (part, summands) in jets.set.parts.enumerated() {
        for point in stride(from: 0, to: Self.points, by: 5) {
          let exact = summands.reduce(0) { sum, index in
            sum + activation.reference(jets.dual(index, of: part, point, jets.z)).coefficient(index.fullMask)
          }
          let found = a[jets.at(part, point)]
          #expect(abs(found - exact) <= Self.tolerance * max(1, abs(exact)), "\(activation) \(summands), \(random)")
        }
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all, KernelChoice.all)
  func `reverse is the transpose of the forward derivative, column by column`(
    named: NamedDerivativeSet, choice: KernelChoice
  ) {
    var random = SeededNumbers(seed: 62)
    let jets = Jets(named.set, &random)
    let set = jets.set
    for activation in Activation.allCases {
      let bars = reverse(activation, jets, choice.kernels)
      for point in stride(from: 0, to: Self.points, by: 25) {
        for moved in 0..<set.count {
          // ⟨ā, J eⱼ⟩ with the fifth infinitesimal along part j of z.
          var direction = [Double](repeating: 0, count: jets.z.count)
          direction[jets.at(moved, point)] = 1
          var (sum, scale) = (0.0, 1.0)
          for (part, summands) in set.parts.enumerated() {
            let moving = summands.reduce(0) { sum, index in
              let z = FiveDual(jets.dual(index, of: part, point, jets.z), jets.dual(index, of: part, point, direction))
              return sum + activation.reference(z).derivative.coefficient(index.fullMask)
            }
            sum += moving * jets.cotangents[jets.at(part, point)]
            scale = max(scale, abs(moving))
          }
          let found = bars[jets.at(moved, point)]
          #expect(abs(found - sum) <= Self.tolerance * scale, "\(activation) \(set.parts[moved]), \(random)")
        }
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all, KernelChoice.all)
  func `reverse agrees with differences of the forward kernel`(
    named: NamedDerivativeSet, choice: KernelChoice
  ) {
    // Extrapolated central differences of sums of order ten.
    let tolerance = 1e-8
    var random = SeededNumbers(seed: 63)
    let jets = Jets(named.set, &random)
    for activation in Activation.allCases {
      let bars = reverse(activation, jets, choice.kernels)
      let direction = random.array(jets.z.count)
      let slope = finiteDifference(0) { step in
        let moved = zip(jets.z, direction).map { $0 + step * $1 }
        return zip(forward(activation, jets, moved, choice.kernels), jets.cotangents).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let product = zip(bars, direction).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(slope - product) <= tolerance * max(1, abs(slope)) * Double(jets.z.count), "\(activation), \(random)")
    }
  }

  @Test(arguments: Activation.allCases, KernelChoice.all)
  func `jets stay finite where activations saturate`(activation: Activation, choice: KernelChoice) {
    var random = SeededNumbers(seed: 64)
    let set = DerivativeSet(closing: [MultiIndex([0, 0, 0, 0]), MultiIndex([0, 0, 1, 1])])
    for size in [30.0, 800, 1e4, 1e10] {
      let z =
        (0..<Self.points).map { $0 % 2 == 0 ? size : -size } + random.array((set.count - 1) * Self.points)
      let a = forward(activation, set.jetTable, z, choice.kernels)
      #expect(a.allSatisfy { $0.isFinite })
      #expect(reverse(activation, set.jetTable, z, a, z, choice.kernels).allSatisfy { $0.isFinite })
    }
  }

  private func forward(_ activation: Activation, _ jets: Jets, _ z: [Double], _ kernels: KernelTable) -> [Double] {
    forward(activation, jets.table, z, kernels)
  }

  private func reverse(_ activation: Activation, _ jets: Jets, _ kernels: KernelTable) -> [Double] {
    let a = forward(activation, jets, jets.z, kernels)
    return reverse(activation, jets.table, jets.z, a, jets.cotangents, kernels)
  }

  private func forward(
    _ activation: Activation, _ table: JetTable, _ input: [Double], _ kernels: KernelTable
  ) -> [Double] {
    // The result must not depend on what the memory held.
    var z = [Double](repeating: .nan, count: input.count)
    var a = z
    withOperand(input) { input in
      withJets(&z, &a) {
        kernels.forwardHidden(activation, table, input, Self.units, Self.identity, Self.noBias, $0, .none)
      }
    }
    #expect(z == input)
    return a
  }

  private func reverse(
    _ activation: Activation, _ table: JetTable, _ z: [Double], _ a: [Double], _ cotangents: [Double],
    _ kernels: KernelTable
  ) -> [Double] {
    var (z, a) = (z, a)
    var bars = [Double](repeating: .nan, count: z.count)
    withOperand(cotangents) { next in
      withJets(&z, &a) { kernels.reverseHidden(activation, table, next, Self.units, Self.identity, $0, &bars, .none) }
    }
    return bars
  }

  private func withOperand(_ numbers: [Double], _ body: (JetOperand) -> Void) {
    PlacedJets(numbers: numbers, partStride: Self.points, pointStride: Self.units, unitStride: 1).withOperand(body)
  }

  private func withJets(_ z: inout [Double], _ y: inout [Double], _ body: (HiddenJets) -> Void) {
    z.withUnsafeMutableBufferPointer { z in
      y.withUnsafeMutableBufferPointer { y in
        guard let z = z.baseAddress, let y = y.baseAddress else { return }
        body(HiddenJets(z: z, y: y, points: Self.points / Self.units, units: Self.units, stride: Self.units))
      }
    }
  }
}
