package import Kernels

extension InstructionSet {
  /// What this machine can run; every test of a kernel runs over all of it.
  package static var supported: [InstructionSet] { allCases.filter(\.isSupported) }
}
