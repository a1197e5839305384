import KernelInterface
import Kernels
import TestSupport
import Testing

struct MultiplyAddPeakTests {
  @Test(arguments: KernelChoice.all)
  func `the peak counts what it does: chains of multiply-adds, every one with the same result`(choice: KernelChoice) {
    // The rounding of a hundred multiply-adds, and of the sum over the chains.
    let tolerance = 1e-13
    for (rounds, seed) in [(0, 0.5), (1, 0.25), (7, 0.9), (100, 0.999)] {
      let found = choice.kernels.multiplyAddPeak(rounds, seed)
      let plain = KernelChoice.reference.multiplyAddPeak(rounds, seed)
      #expect(plain.multiplyAdds == rounds)
      // Without rounds nothing tells how many chains there are.
      guard rounds > 0 else {
        #expect(found.multiplyAdds == 0)
        continue
      }
      #expect(found.multiplyAdds % rounds == 0)
      let chains = Double(found.multiplyAdds / rounds)
      #expect(abs(found.result - chains * plain.result) < tolerance * chains)
    }
  }
}
