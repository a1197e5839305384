/// The fastest that this instruction set can multiply and add: chains in registers, nothing loaded or stored.
enum MultiplyAddPeak {
  #if WIDE_REGISTERS
    typealias Register = SIMD8<Double>
  #elseif FUSED_MULTIPLY_ADD && arch(x86_64)
    typealias Register = SIMD4<Double>
  #else
    typealias Register = SIMD2<Double>
  #endif

  /// Twelve independent chains c ← a·c + b: more than the latency of the operation times two units asks for, and few
  /// enough for sixteen registers.
  ///
  /// - Returns: the number of multiply-adds done, and a number made of all results, so that nothing can be left out.
  @inline(never)
  static func run(_ rounds: Int, _ seed: Double) -> (multiplyAdds: Int, result: Double) {
    let (a, b) = (Register(repeating: seed), Register(repeating: 1 - seed))
    var (c0, c1, c2, c3) = (b, b, b, b)
    var (c4, c5, c6, c7) = (b, b, b, b)
    var (c8, c9, c10, c11) = (b, b, b, b)
    for _ in 0..<rounds {
      c0 = step(a, c0, b)
      c1 = step(a, c1, b)
      c2 = step(a, c2, b)
      c3 = step(a, c3, b)
      c4 = step(a, c4, b)
      c5 = step(a, c5, b)
      c6 = step(a, c6, b)
      c7 = step(a, c7, b)
      c8 = step(a, c8, b)
      c9 = step(a, c9, b)
      c10 = step(a, c10, b)
      c11 = step(a, c11, b)
    }
    let sum = ((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)) + ((c8 + c9) + (c10 + c11))
    return (12 * Register.scalarCount * rounds, sum.sum())
  }

  @inline(__always)
  private static func step(_ a: Register, _ c: Register, _ b: Register) -> Register {
    #if FUSED_MULTIPLY_ADD
      return b.addingProduct(a, c)
    #else
      return a * c + b
    #endif
  }
}
