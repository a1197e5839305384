/// Eight doubles: one AVX-512 register, two of AVX2, four of SSE2 or NEON.
typealias Lanes = SIMD8<Double>
typealias LaneBits = SIMD8<Int64>
typealias Numbers = UnsafePointer<Double>
typealias MutableNumbers = UnsafeMutablePointer<Double>

/// a·b + c, fused where the instruction set has it.
///
/// Without that instruction a fused call is a library function a hundred times slower, so it is two roundings there.
@inline(__always)
func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
  #if FUSED_MULTIPLY_ADD
    return c.addingProduct(a, b)
  #else
    return a * b + c
  #endif
}

@inline(__always)
func multiplyAdd(_ a: Double, _ b: Lanes, _ c: Lanes) -> Lanes { multiplyAdd(Lanes(repeating: a), b, c) }

extension UnsafePointer<Double> {
  // SAFETY: callers pass offsets whose eight numbers lie inside the buffer; loads need no alignment.
  @inline(__always)
  func lanes(_ offset: Int) -> Lanes {
    UnsafeRawPointer(self + offset).loadUnaligned(as: Lanes.self)
  }
}

extension UnsafeMutablePointer<Double> {
  // SAFETY: as for `UnsafePointer.lanes`.
  @inline(__always)
  func lanes(_ offset: Int) -> Lanes {
    UnsafeRawPointer(self + offset).loadUnaligned(as: Lanes.self)
  }

  // SAFETY: as for `UnsafePointer.lanes`.
  @inline(__always)
  func store(_ value: Lanes, _ offset: Int) {
    UnsafeMutableRawPointer(self + offset).storeBytes(of: value, as: Lanes.self)
  }
}

/// `yes` where `mask`, else `no`.
@inline(__always)
func select(_ mask: SIMDMask<LaneBits>, _ yes: Lanes, _ no: Lanes) -> Lanes { no.replacing(with: yes, where: mask) }

/// `function` of each lane, for functions that are rare enough for the C library's scalar code.
@inline(__always)
func eachLane(_ x: Lanes, _ function: (Double) -> Double) -> Lanes {
  var result = Lanes()
  for lane in 0..<Lanes.scalarCount { result[lane] = function(x[lane]) }
  return result
}
