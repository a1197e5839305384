import Testing
import Training

struct UnknownInformationTests {
  /// (RᵀR)⁻¹ of a 2 × 2 triangle by hand.
  @Test func `errors and correlation are those of the inverse`() {
    let (a, b, c) = (2.0, -3.0, 0.5)
    let information = UnknownInformation(columns: [[a, 0], [b, c]], floors: [0, 0])
    // RᵀR = [[4, -6], [-6, 9.25]], determinant 1
    #expect(abs(information.standardError(0) - 9.25.squareRoot()) < 1e-14 * 10)
    #expect(abs(information.standardError(1) - 2) < 1e-14 * 10)
    #expect(abs(information.correlation(0, 1) - 6 / (9.25 * 4).squareRoot()) < 1e-14)
    #expect(information.correlation(1, 1) == 1 && information.isComplete)
    let g = [1.0, 2.0]
    #expect(abs(information.variance(along: g) - (9.25 + 4 * 6 + 4 * 4)) < 1e-12)
    let x = information.solve([1, 4])
    #expect(abs(a * x[0] + b * x[1] - 1) < 1e-12 && abs(c * x[1] - 4) < 1e-12)
    // Twice the unit, half the error.
    #expect(abs(information.scaled(by: [1, 2]).standardError(1) - 1) < 1e-13)
  }

  @Test func `what is not determined has infinite errors and a direction`() {
    // Two columns alike up to length, and a third of its own.
    let information = UnknownInformation(columns: [[1, 1, 0], [2, 2, 0], [0, 0, 3]], floors: [0, 0, 0])
    #expect(information.standardError(0) == .infinity && information.standardError(1) == .infinity)
    #expect(abs(information.standardError(2) - 1 / 3.0) < 1e-14 && !information.isComplete)
    #expect(abs(information.correlation(0, 1) + 1) < 1e-12 && information.correlation(0, 2) == 0)
    let worst = information.directions[0]
    #expect(worst.standardError == .infinity && abs(worst.direction[0] + 2 * worst.direction[1]) < 1e-12)
    // Along what is determined, the sum x₀ + 2x₁, there is a variance.
    #expect(abs(information.variance(along: [1, 2, 0]) - 0.5) < 1e-12)
    let none = UnknownInformation(columns: [[1e-9, 0], [0, 1]], floors: [1e-8, 0])
    #expect(none.standardError(0) == .infinity && none.standardError(1) == 1)
  }

  /// Two-sided 95 % quantiles of Student's distribution from tables.
  @Test(arguments: [
    (1, 12.7062), (2, 4.30265), (3, 3.18245), (4, 2.77645), (5, 2.57058), (10, 2.22814), (30, 2.04227), (1000, 1.96234),
    (.infinity, 1.959964),
  ]) func `quantiles are those of the tables`(freedom: Double, expected: Double) {
    #expect(abs(studentQuantile(within: 0.95, freedom: freedom) / expected - 1) < 2e-4)
  }
}
