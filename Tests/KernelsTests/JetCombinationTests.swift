import Autodiff
import KernelInterface
import Kernels
import TestSupport
import Testing

/// Combinations of hidden layers with other jets against their specification, and the specification against products of
/// nested dual numbers.
struct JetCombinationTests {
  /// Through activations of jets and sums over parts and units.
  private static let tolerance = 1e-11

  /// Memory for the jets and cotangents of a combination.
  private struct Memory {
    let first: UnsafeNumberBuffer
    let second: UnsafeNumberBuffer
    let result: UnsafeNumberBuffer
    let resultBar: UnsafeNumberBuffer
    let firstBar: UnsafeNumberBuffer
    let secondBar: UnsafeNumberBuffer
    let ownBar: UnsafeNumberBuffer

    init(_ layer: LayerCase, seed: UInt64) {
      var random = SeededNumbers(seed: seed)
      func buffer(_ numbers: [Double]) -> UnsafeNumberBuffer {
        let buffer = UnsafeNumberBuffer(count: numbers.count)
        for (place, number) in numbers.enumerated() { buffer.base[place] = number }
        return buffer
      }
      first = buffer(layer.rows(&random))
      second = buffer(layer.rows(&random))
      result = buffer([Double](repeating: LayerCase.guardian, count: layer.jetCount))
      resultBar = buffer(layer.rows(&random))
      firstBar = buffer(layer.rows(&random))
      secondBar = buffer(layer.rows(&random))
      ownBar = buffer(random.array(layer.points))
    }

    func numbers(_ buffer: UnsafeNumberBuffer) -> [Double] { (0..<buffer.count).map { buffer.base[$0] } }

    func combination(_ kind: JetCombination.Kind, choice: Int) -> JetCombination {
      var combination = JetCombination.none
      combination.kind = kind
      (combination.own, combination.other) = (0.7, -1.25)
      combination.first = UnsafePointer(first.base)
      combination.second = UnsafePointer(second.base)
      combination.result = result.base
      combination.secondBar = secondBar.base
      combination.addsFirst = choice & 1 != 0
      combination.addsSecond = choice & 2 != 0
      if choice & 4 != 0 { combination.ownBar = ownBar.base }
      if kind == .gate || choice & 8 != 0 { combination.firstBar = firstBar.base }
      // What is handed on may stand where it came from.
      if choice & 16 != 0 {
        combination.resultBar = UnsafePointer(combination.addsFirst ? resultBar.base : firstBar.base)
      }
      return combination
    }
  }

  @Test(arguments: InstructionSet.supported, [JetCombination.Kind.none, .sum, .gate])
  func `combinations equal their specification, forward and in reverse`(
    instructionSet: InstructionSet, kind: JetCombination.Kind
  ) {
    var random = SeededNumbers(seed: 61)
    for (number, layer) in LayerCase.all(&random).enumerated() {
      let (input, weights, bias) = (layer.operand(&random), layer.panels(&random), random.array(layer.units))
      let next = layer.operand(&random)
      let choice = random.integer(0...31)
      let inner = number % 5 == 0 ? 0 : layer.inner
      func run(_ kernels: KernelTable) -> [[Double]] {
        let memory = Memory(layer, seed: UInt64(number))
        let combination = memory.combination(kind, choice: choice)
        let jets = layer.forward(kernels, input, weights, bias, combination)
        let zBar = layer.reverse(kernels, next, weights, z: jets.z, y: jets.y, combination, inner: inner)
        return [zBar] + [memory.result, memory.firstBar, memory.secondBar, memory.ownBar].map { memory.numbers($0) }
      }
      for (found, plain) in zip(run(instructionSet.kernels), run(KernelChoice.reference)) {
        #expect(
          Self.relativeDifference(found, plain) < Self.tolerance, "\(layer), \(kind), choice \(choice), \(random)")
      }
    }
  }

  /// NaN stands between the rows of both.
  private static func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
    let places = a.indices.filter { !(a[$0].isNaN && b[$0].isNaN) }
    return KernelsTests.relativeDifference(places.map { a[$0] }, places.map { b[$0] })
  }

  @Test(arguments: NamedDerivativeSet.all)
  func `summands of a product of jets are those of nested dual numbers`(named: NamedDerivativeSet) {
    var random = SeededNumbers(seed: 62)
    let (set, table) = (named.set, named.set.jetTable)
    let (a, b) = (random.array(set.count), random.array(set.count))
    for (part, summands) in set.parts.enumerated() {
      let found = table.products.filter { $0.part == Int32(part) }.reduce(0) {
        $0 + $1.coefficient * a[Int($1.factor)] * b[Int($1.other)]
      }
      let exact = summands.reduce(0.0) { sum, index in
        func dual(_ jet: [Double]) -> FourDual {
          FourDual { mask in
            index.part(ofMask: mask).map { lower in set.derivative(lower, seenBy: part) { jet[$0] } } ?? 0
          }
        }
        return sum + (dual(a) * dual(b)).coefficient(index.fullMask)
      }
      #expect(abs(found - exact) < 1e-14 * max(1, abs(exact)) * 16, "part \(part)")
      // No factor stands above its part: the reverse sweep writes upwards over what it has read.
      #expect(table.products.filter { $0.part == Int32(part) }.allSatisfy { $0.factor <= part })
    }
    #expect(table.productPulls.count == table.products.count)
    #expect(table.productPulls.map(\.factor) == table.productPulls.map(\.factor).sorted())
  }
}
