import KernelInterface

/// A combination of jets at one point and unit, whose parts stand at `places`.
struct PlainCombination {
  private let table: JetTable
  private let combination: JetCombination
  private let places: [Int]

  /// Nil where nothing is combined.
  init?(_ table: JetTable, _ combination: JetCombination, _ places: [Int]) {
    guard combination.kind != .none else { return nil }
    self.table = table
    self.combination = combination
    self.places = places
  }

  private func jet(_ numbers: UnsafePointer<Double>?) -> [Double] { places.map { numbers?[$0] ?? .nan } }

  /// a·b, each summand of the table by itself.
  private func product(_ a: [Double], _ b: [Double]) -> [Double] {
    places.indices.map { part in
      table.products.filter { $0.part == Int32(part) }.reduce(0) {
        $0 + $1.coefficient * a[Int($1.factor)] * b[Int($1.other)]
      }
    }
  }

  /// The cotangent of a from that of a·b.
  private func pull(_ bar: [Double], _ b: [Double]) -> [Double] {
    places.indices.map { part in
      table.products.filter { $0.factor == Int32(part) }.reduce(0) {
        $0 + $1.coefficient * bar[Int($1.part)] * b[Int($1.other)]
      }
    }
  }

  func forward(_ y: [Double]) {
    let first = jet(combination.first)
    let h =
      combination.kind == .sum
      ? zip(y, first).map { combination.own * $0 + combination.other * $1 }
      : zip(first, product(y, jet(combination.second))).map { $0 + $1 }
    for (place, number) in zip(places, h) { combination.result?[place] = number }
  }

  /// ȳ.
  func reverse(y: [Double], _ hBar: [Double], point: Int) -> [Double] {
    if combination.kind == .sum {
      let slope = zip(hBar, zip(y, jet(combination.first))).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
      combination.ownBar?[point] += slope
      give(hBar.map { combination.other * $0 }, to: combination.firstBar, adds: combination.addsFirst)
      return hBar.map { combination.own * $0 }
    }
    give(hBar, to: combination.firstBar, adds: combination.addsFirst)
    give(pull(hBar, y), to: combination.secondBar, adds: combination.addsSecond)
    return pull(hBar, jet(combination.second))
  }

  private func give(_ bar: [Double], to target: UnsafeMutablePointer<Double>?, adds: Bool) {
    for (place, number) in zip(places, bar) { target?[place] = (adds ? target?[place] ?? 0 : 0) + number }
  }
}
