import KernelInterface
import Kernels
import KernelsReference
import TestSupport

/// The kernels that a test runs over: those of every instruction set of this machine and their specification.
struct KernelChoice: Sendable, CustomStringConvertible {
  let kernels: KernelTable

  var description: String { kernels.name }

  static let reference = makeReferenceKernelTable()
  static let all =
    InstructionSet.supported.map { KernelChoice(kernels: $0.kernels) } + [KernelChoice(kernels: reference)]
}
