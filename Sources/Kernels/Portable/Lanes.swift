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

// Of the standard library's operations on these vectors only comparisons, those on masks, and sums and products of
// integers are vector instructions from the start (of integers with vectors, not with scalars). All others are loops
// over lanes, which the optimizer joins again unless a chain is long or something odd stands in it. So bits are worked
// on as masks, shifted to the left by multiplication, and compared with vectors; sums of long series are split.

/// Sixty-four bits a lane.
typealias LaneMask = SIMDMask<LaneBits>

// SAFETY: all three types are eight times 64 bits, and every pattern is a value of `Lanes` and `LaneBits`. Masks with
// other lanes than 0 and −1 are only combined bit by bit and turned back, never asked for a Boolean.
@inline(__always)
func bits(_ x: Lanes) -> LaneMask { unsafeBitCast(x, to: LaneMask.self) }
@inline(__always)
func bits(_ x: LaneBits) -> LaneMask { unsafeBitCast(x, to: LaneMask.self) }
@inline(__always)
func lanes(_ x: LaneMask) -> Lanes { unsafeBitCast(x, to: Lanes.self) }

/// `yes` where `mask`, else `no`.
@inline(__always)
func select(_ mask: LaneMask, _ yes: Lanes, _ no: Lanes) -> Lanes {
  lanes(bits(no).replacing(with: bits(yes), where: mask))
}

/// Whether a lane of the mask is true.
@inline(__always)
func isAnyTrue(_ mask: LaneMask) -> Bool {
  let all = unsafeBitCast(mask, to: LaneBits.self)
  let four =
    unsafeBitCast(all.lowHalf, to: SIMDMask<SIMD4<Int64>>.self)
    .| unsafeBitCast(all.highHalf, to: SIMDMask<SIMD4<Int64>>.self)
  let rest = unsafeBitCast(four, to: SIMD4<Int64>.self)
  return (rest[0] | rest[1] | rest[2] | rest[3]) != 0
}

/// `function` of each lane, for functions that are rare enough for the C library's scalar code.
@inline(__always)
func eachLane(_ x: Lanes, _ function: (Double) -> Double) -> Lanes {
  var result = Lanes()
  for lane in 0..<Lanes.scalarCount { result[lane] = function(x[lane]) }
  return result
}
