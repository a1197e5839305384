import KernelInterface
import Kernels
import TestSupport
import Testing

/// The tiles of a Cholesky factor against their specification.
struct CholeskyTileTests {
  private static let width = KernelTable.panelWidth
  /// Sums of up to 72 products of numbers of about one, divided by pivots of about forty.
  private static let tolerance = 1e-12

  /// How many columns stand before the tile, and from which on their products are still to be added.
  private static let places = [(0, 0), (0, 24), (24, 24), (0, 48), (24, 48), (48, 48)]

  /// A panel with random columns before the tile, and in the tile −A with a diagonal that outweighs all sums.
  private func panel(column: Int, _ random: inout SeededNumbers) -> [Double] {
    var numbers = random.array((column + Self.width) * Self.width)
    for c in 0..<Self.width { numbers[(column + c) * Self.width + c] = -2_000 - Double(c) }
    return numbers
  }

  @Test(arguments: InstructionSet.supported)
  func `a diagonal tile is factored as far as it goes`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 75)
    for (start, column) in Self.places {
      for count in 1...Self.width {
        var found = panel(column: column, &random)
        let before = Array(found[..<(column * Self.width)])
        var plain = found
        var foundReciprocals = [Double](repeating: 0, count: Self.width)
        var plainReciprocals = foundReciprocals
        let name = "\(count) columns from \(column) on, products from \(start) on, \(random)"
        #expect(instructionSet.kernels.factorCholeskyTile(&found, start, column, count, &foundReciprocals) == count)
        #expect(KernelChoice.reference.factorCholeskyTile(&plain, start, column, count, &plainReciprocals) == count)
        #expect(Array(found[..<(column * Self.width)]) == before, "\(name)")
        let differences = (0..<count).flatMap { c in
          (c..<count).map { i in
            let place = (column + c) * Self.width + i
            return abs(found[place] - plain[place])
          }
        }
        #expect(differences.allSatisfy { $0 < Self.tolerance }, "\(name)")
        #expect(
          relativeDifference(Array(foundReciprocals[..<count]), Array(plainReciprocals[..<count])) < Self.tolerance,
          "\(name)")
      }
    }
  }

  @Test(arguments: KernelChoice.all, [1.0, 0, .infinity, -.infinity, .nan])
  func `a pivot that is not a positive number is found`(choice: KernelChoice, negated: Double) {
    var random = SeededNumbers(seed: 76)
    for place in 0..<Self.width {
      var numbers = panel(column: 0, &random)
      // Without the products of the columns before it a zero stays one.
      if negated == 0 {
        for c in 0..<place { numbers[c * Self.width + place] = 0 }
      }
      numbers[place * Self.width + place] = negated
      var reciprocals = [Double](repeating: 0, count: Self.width)
      #expect(choice.kernels.factorCholeskyTile(&numbers, 0, 0, Self.width, &reciprocals) == place, "\(random)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `the tiles below it are solved for any number of rows`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 77)
    for (start, column) in Self.places {
      var diagonal = panel(column: column, &random)
      var reciprocals = [Double](repeating: 0, count: Self.width)
      _ = KernelChoice.reference.factorCholeskyTile(&diagonal, start, column, Self.width, &reciprocals)
      for lanes in 1...Self.width {
        var found = random.array((column + Self.width) * Self.width)
        let before = Array(found[..<(column * Self.width)])
        var plain = found
        instructionSet.kernels.solveCholeskyTile(diagonal, &found, start, column, reciprocals, lanes)
        KernelChoice.reference.solveCholeskyTile(diagonal, &plain, start, column, reciprocals, lanes)
        let name = "\(lanes) rows, columns from \(column) on, products from \(start) on, \(random)"
        #expect(Array(found[..<(column * Self.width)]) == before, "\(name)")
        let differences = (0..<Self.width).flatMap { c in
          (0..<lanes).map { i in
            let place = (column + c) * Self.width + i
            return abs(found[place] - plain[place])
          }
        }
        #expect(differences.allSatisfy { $0 < Self.tolerance }, "\(name)")
      }
    }
  }
}
