package import KernelInterface
import KernelsPortable

#if arch(x86_64)
  import CPUFeatures
  import KernelsV3
  import KernelsV4
#endif

/// The instruction sets the kernels are compiled for.
package enum InstructionSet: String, Sendable, CaseIterable {
  /// What every processor of the architecture has; on x86-64 no fused multiply-add.
  case portable
  /// AVX2 and FMA (x86-64-v3).
  case v3
  /// AVX-512 F, BW, CD, DQ and VL (x86-64-v4).
  case v4

  /// The best one this processor and operating system support.
  package static let best: InstructionSet = allCases.last { $0.isSupported } ?? .portable

  package var isSupported: Bool {
    switch self {
    case .portable: true
    #if arch(x86_64)
      case .v3: Processor.current.v3
      case .v4: Processor.current.v3 && Processor.current.v4
    #else
      case .v3, .v4: false
    #endif
    }
  }

  /// The kernels compiled for it.
  ///
  /// - Precondition: `isSupported`; elsewhere the first instruction of another set ends the process.
  package var kernels: KernelTable {
    precondition(isSupported, "this processor has no \(rawValue)")
    switch self {
    case .portable: return KernelsPortable.makeKernelTable(name: rawValue)
    #if arch(x86_64)
      case .v3: return KernelsV3.makeKernelTable(name: rawValue)
      case .v4: return KernelsV4.makeKernelTable(name: rawValue)
    #else
      case .v3, .v4: return KernelsPortable.makeKernelTable(name: "portable")
    #endif
    }
  }
}

#if arch(x86_64)
  /// What CPUID says of this processor; bits after Intel's manual, volume 2A, CPUID.
  private struct Processor {
    var v3 = false
    var v4 = false

    static let current = Processor()

    init() {
      var registers: [UInt32] = [0, 0, 0, 0]  // EAX, EBX, ECX, EDX
      guard pinn_cpuid(1, 0, &registers) != 0 else { return }
      let (fma, movbe, osxsave, avx, f16c): (UInt32, UInt32, UInt32, UInt32, UInt32) = (
        1 << 12, 1 << 22, 1 << 27, 1 << 28, 1 << 29
      )
      let first = fma | movbe | osxsave | avx | f16c
      guard registers[2] & first == first else { return }
      guard pinn_cpuid(7, 0, &registers) != 0 else { return }
      let (bmi1, avx2, bmi2): (UInt32, UInt32, UInt32) = (1 << 3, 1 << 5, 1 << 8)
      let second = bmi1 | avx2 | bmi2
      // XMM and YMM state; for AVX-512 also the mask registers and both halves of ZMM.
      let states = pinn_extended_states()
      v3 = registers[1] & second == second && states & 0x6 == 0x6
      // F, DQ, CD, BW, VL
      let wide: UInt32 = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31
      v4 = registers[1] & wide == wide && states & 0xE6 == 0xE6
    }
  }
#endif
