import Autodiff
import KernelInterface
import Kernels
import RealModule
import TestSupport
import Testing

/// Activations of jets against nested dual numbers, which know neither Faà di Bruno's formula nor the kernels'
/// expressions for the derivatives of the activations.
struct ActivationJetTests {
  /// Relative to the largest summand, which for numbers up to 1 and z up to 4 is below 200.
  private static let tolerance = 1e-12
  private static let points = 2 * KernelTable.laneCount

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

  @Test(arguments: NamedDerivativeSet.all, InstructionSet.supported)
  func `forward jets are those of nested dual numbers`(named: NamedDerivativeSet, instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 61)
    let jets = Jets(named.set, &random)
    for activation in Activation.allCases {
      let a = forward(activation, jets, jets.z, instructionSet)
      for (part, summands) in jets.set.parts.enumerated() {
        for point in 0..<Self.points {
          let exact = summands.reduce(0) { sum, index in
            sum + activation.reference(jets.dual(index, of: part, point, jets.z)).coefficient(index.fullMask)
          }
          let found = a[jets.at(part, point)]
          #expect(abs(found - exact) <= Self.tolerance * max(1, abs(exact)), "\(activation) \(summands), \(random)")
        }
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all, InstructionSet.supported)
  func `reverse is the transpose of the forward derivative, column by column`(
    named: NamedDerivativeSet, instructionSet: InstructionSet
  ) {
    var random = SeededNumbers(seed: 62)
    let jets = Jets(named.set, &random)
    let set = jets.set
    for activation in Activation.allCases {
      let bars = reverse(activation, jets, instructionSet)
      for point in stride(from: 0, to: Self.points, by: 3) {
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

  @Test(arguments: NamedDerivativeSet.all, InstructionSet.supported)
  func `reverse agrees with differences of the forward kernel`(
    named: NamedDerivativeSet, instructionSet: InstructionSet
  ) {
    // Extrapolated central differences of sums of order ten.
    let tolerance = 1e-8
    var random = SeededNumbers(seed: 63)
    let jets = Jets(named.set, &random)
    for activation in Activation.allCases {
      let bars = reverse(activation, jets, instructionSet)
      let direction = random.array(jets.z.count)
      let slope = finiteDifference(0) { step in
        let moved = zip(jets.z, direction).map { $0 + step * $1 }
        return zip(forward(activation, jets, moved, instructionSet), jets.cotangents).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let product = zip(bars, direction).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(slope - product) <= tolerance * max(1, abs(slope)) * Double(jets.z.count), "\(activation), \(random)")
    }
  }

  @Test(arguments: Activation.allCases, InstructionSet.supported)
  func `jets stay finite where activations saturate`(activation: Activation, instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 64)
    let set = DerivativeSet(closing: [MultiIndex([0, 0, 0, 0]), MultiIndex([0, 0, 1, 1])])
    let points = KernelTable.laneCount
    for size in [30.0, 800, 1e4, 1e10] {
      let z = (0..<points).map { $0 % 2 == 0 ? size : -size } + random.array((set.count - 1) * points)
      var (a, zBar) = (z, z)
      instructionSet.kernels.activationForward(activation, set.jetTable, z, &a, points)
      instructionSet.kernels.activationReverse(activation, set.jetTable, z, a, z, &zBar, points)
      #expect(a.allSatisfy { $0.isFinite })
      #expect(zBar.allSatisfy { $0.isFinite })
    }
  }

  private func forward(
    _ activation: Activation, _ jets: Jets, _ z: [Double], _ instructionSet: InstructionSet
  ) -> [Double] {
    var a = [Double](repeating: .nan, count: z.count)
    instructionSet.kernels.activationForward(activation, jets.table, z, &a, Self.points)
    return a
  }

  private func reverse(_ activation: Activation, _ jets: Jets, _ instructionSet: InstructionSet) -> [Double] {
    let a = forward(activation, jets, jets.z, instructionSet)
    // The result must not depend on what the memory held.
    var bars = [Double](repeating: .nan, count: jets.z.count)
    instructionSet.kernels.activationReverse(activation, jets.table, jets.z, a, jets.cotangents, &bars, Self.points)
    return bars
  }
}
