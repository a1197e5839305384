import Autodiff
import TestSupport
import Testing

struct MultiIndexTests {
  @Test func `the order of derivation is not kept`() {
    #expect(MultiIndex([2, 0, 1, 0]) == MultiIndex([0, 0, 1, 2]))
    #expect(MultiIndex([2, 0, 1, 0]).hashValue == MultiIndex([0, 0, 1, 2]).hashValue)
    #expect(MultiIndex([2, 0, 1, 0]).variables == [0, 0, 1, 2])
    #expect(MultiIndex([253, 0]).variables == [0, 253])
    #expect(MultiIndex([]) == .value)
    #expect(MultiIndex.value.order == 0)
    #expect(MultiIndex([1, 0]).description == "∂0,1")
  }

  @Test func `deriving adds a variable up to fourth order`() {
    #expect(MultiIndex.value.derived(by: 3) == MultiIndex([3]))
    #expect(MultiIndex([0, 2]).derived(by: 1) == MultiIndex([0, 1, 2]))
    #expect(MultiIndex([0, 0, 0, 0]).derived(by: 0) == nil)
  }

  @Test func `indices are ordered by order, then by variables`() {
    let ascending = [
      [], [0], [1], [2], [0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2], [0, 0, 0], [0, 0, 1], [0, 2, 2], [1, 1, 1],
      [0, 0, 0, 0], [0, 0, 0, 1], [2, 2, 2, 2],
    ].map(MultiIndex.init)
    for (i, a) in ascending.enumerated() {
      for (j, b) in ascending.enumerated() {
        #expect((a < b) == (i < j))
        #expect((a == b) == (i == j))
      }
    }
    #expect(Set(ascending).count == ascending.count)
    #expect(ascending.shuffled().sorted() == ascending)
  }
}
