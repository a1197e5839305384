import Autodiff
import KernelInterface
import TestSupport
import Testing

struct DerivativeSetTests {
  @Test func `partitions of up to six elements are counted by the Bell numbers and are partitions`() {
    for (count, bell) in [1, 1, 2, 5, 15, 52, 203].enumerated() {
      let partitions = setPartitions(of: count)
      #expect(partitions.count == bell)
      #expect(Set(partitions.map { Set($0.map(Set.init)) }).count == bell)
      for partition in partitions {
        #expect(partition.flatMap { $0 }.sorted() == Array(0..<count))
        #expect(partition.allSatisfy { !$0.isEmpty })
      }
    }
  }

  @Test func `Burgers' derivatives make the parts 1, x, t, xx`() {
    let set = DerivativeSet(closing: [MultiIndex([1]), MultiIndex([0, 0])])
    #expect(set.indices == [.value, MultiIndex([0]), MultiIndex([1]), MultiIndex([0, 0])])
    #expect(set.order == 2)
    #expect(set.part(MultiIndex([0, 0])) == 3)
    #expect(set.part(MultiIndex([1, 1])) == nil)
    #expect(set.jetTable.firsts == [1, 2])
    #expect(set.jetTable.seconds == [3, 1, 1, 1])
  }

  @Test func `ten-dimensional Poisson has the parts 1, ten first derivatives and the Laplacian`() {
    let laplacian = Laplacian(Array(0..<10))
    let set = DerivativeSet(closing: [], laplacians: [laplacian])
    #expect(set.count == 12)
    #expect(set.order == 2)
    #expect(set.indices == [.value] + (0..<10).map { MultiIndex([$0]) })
    #expect(set.part(laplacian) == 11)
    #expect(set.part(MultiIndex([0, 0])) == nil)
    #expect(set.parts.last == (0..<10).map { MultiIndex([$0, $0]) })
    #expect(set.jetTable.firsts == Array(1...10))
    #expect(set.jetTable.seconds == [11, 10] + (1...10).flatMap { [Int32($0), Int32($0)] })
    #expect(set.union(set) == set)
  }

  @Test func `a Laplacian among higher derivatives has a summand for each variable and one for itself`() {
    let set = DerivativeSet(closing: [MultiIndex([0, 0, 0])], laplacians: [Laplacian([2, 1])])
    #expect(set.indices.map(\.variables) == [[], [0], [1], [2], [0, 0], [0, 0, 0]])
    let terms = set.jetTable.terms.filter { $0.part == 6 }
    #expect(
      terms == [
        JetTerm(coefficient: 1, part: 6, factors: [6]), JetTerm(coefficient: 1, part: 6, factors: [2, 2]),
        JetTerm(coefficient: 1, part: 6, factors: [3, 3]),
      ])
  }

  @Test func `Laplacians by other variables are parts of their own`() {
    let (narrow, wide) = (Laplacian([0, 1]), Laplacian([0, 1, 2]))
    let set = DerivativeSet(closing: [MultiIndex([0, 0])], laplacians: [wide, narrow, wide])
    #expect(set.laplacians == [narrow, wide])
    #expect(set.count == 7)
    #expect(set.jetTable.seconds == [4, 1, 1, 1, 5, 2, 1, 1, 2, 2, 6, 3, 1, 1, 2, 2, 3, 3])
  }

  @Test func `the empty set is the value alone`() {
    let set = DerivativeSet(closing: [])
    #expect(set.indices == [.value])
    #expect(set.order == 0)
    #expect(
      set.jetTable == JetTable(partCount: 1, order: 0, firsts: [], seconds: [], chains: [], isMixed: false, terms: []))
  }

  @Test func `pure derivatives above second order are chains, mixed ones make the table mixed`() {
    func table(_ wanted: [Int]...) -> JetTable { DerivativeSet(closing: wanted.map { MultiIndex($0) }).jetTable }
    #expect(table([1], [0, 0, 0]).chains == [1, 3, 4, -1])
    #expect(table([1], [0, 0, 0, 0]).chains == [1, 3, 4, 5])
    #expect(table([0, 0, 0, 0], [1, 1, 1]).chains == [1, 3, 5, 7, 2, 4, 6, -1])
    #expect(!table([0, 0, 0, 0], [1, 1, 1], [0, 1]).isMixed)
    #expect(table([0, 0], [0, 1]).chains.isEmpty)
    #expect(table([0, 0, 0], [0, 1, 1]).isMixed)
  }

  /// The classical formulas, by hand.
  @Test func `the jet tables of pure fourth and of mixed derivatives have the textbook coefficients`() throws {
    func terms(_ variables: [Int]) throws -> [[[Int]]: Double] {
      let index = MultiIndex(variables)
      let set = DerivativeSet(closing: [index])
      let part = try #require(set.part(index))
      var found: [[[Int]]: Double] = [:]
      for term in set.jetTable.terms where term.part == Int32(part) {
        let factors = (0..<Int(term.order)).map { set.indices[Int(term.factors[$0])].variables }
        found[factors.sorted { ($0.count, $0.description) < ($1.count, $1.description) }] = term.coefficient
      }
      return found
    }
    // f′ z⁗ + 4 f″ z′ z‴ + 3 f″ z″² + 6 f‴ z′² z″ + f⁗ z′⁴
    #expect(
      try terms([0, 0, 0, 0]) == [
        [[0, 0, 0, 0]]: 1, [[0], [0, 0, 0]]: 4, [[0, 0], [0, 0]]: 3, [[0], [0], [0, 0]]: 6, [[0], [0], [0], [0]]: 1,
      ])
    #expect(
      try terms([0, 0, 1, 1]) == [
        [[0, 0, 1, 1]]: 1, [[0], [0, 1, 1]]: 2, [[1], [0, 0, 1]]: 2, [[0, 0], [1, 1]]: 1, [[0, 1], [0, 1]]: 2,
        [[0], [0], [1, 1]]: 1, [[1], [1], [0, 0]]: 1, [[0], [1], [0, 1]]: 4, [[0], [0], [1], [1]]: 1,
      ])
    #expect(
      try terms([0, 1, 2]) == [
        [[0, 1, 2]]: 1, [[0], [1, 2]]: 1, [[1], [0, 2]]: 1, [[2], [0, 1]]: 1, [[0], [1], [2]]: 1,
      ])
  }

  @Test func `random sets are closed downward, sorted, and as small as can be`() {
    var random = SeededNumbers(seed: 31)
    for _ in 0..<200 {
      let variables = random.integer(1...3)
      let wanted = (0..<random.integer(0...4)).map { _ in
        MultiIndex((0..<random.integer(0...4)).map { _ in random.integer(0...(variables - 1)) })
      }
      let set = DerivativeSet(closing: wanted)
      let members = Set(set.indices)
      #expect(members.count == set.count)
      #expect(set.indices == set.indices.sorted())
      #expect(set.indices.first == .value)
      #expect(members.isSuperset(of: wanted))
      #expect(set.order == wanted.map(\.order).max() ?? 0)
      for index in set.indices {
        let all = index.variables
        for place in all.indices {
          #expect(members.contains(MultiIndex(Array(all[..<place] + all[(place + 1)...]))), "\(random)")
        }
        // Below something that was asked for.
        #expect(index == .value || wanted.contains { isBelow(index, $0) }, "\(random)")
      }
      #expect(DerivativeSet(closing: set.indices) == set)
      #expect(set.union(DerivativeSet(closing: [])) == set)
      for (part, index) in set.indices.enumerated() {
        #expect(set.part(index) == part)
        // The coefficients of one part count the partitions of its positions.
        let sum = set.jetTable.terms.filter { $0.part == Int32(part) }.reduce(0) { $0 + $1.coefficient }
        #expect(sum == [0, 1, 2, 5, 15][index.order])
      }
    }
  }

  private func isBelow(_ lower: MultiIndex, _ upper: MultiIndex) -> Bool {
    (0..<3).allSatisfy { variable in
      lower.variables.count { $0 == variable } <= upper.variables.count { $0 == variable }
    }
  }
}
