import KernelInterface
import Kernels

extension SymmetricMatrix {
  /// What products and updates are made in: vectors with padding, and partial sums of the stripes.
  final class ProductScratch {
    /// Panels that one item of work goes through, all of about equal size.
    let stripes: [Range<Int>]
    /// Numbers of a padded vector.
    let length: Int
    /// The operands of a product or an update.
    let operands: [UnsafeNumberBuffer]
    /// Sums of each stripe, one padded vector after the other.
    let sums: UnsafeNumberBuffer
    var target: UnsafeMutablePointer<Double>?
    var scale = 1.0

    /// The most stripes. More keep more threads busy, and make more sums to be added.
    private static let mostStripes = 16

    init(_ layout: PanelTriangle) {
      length = layout.panelCount * PanelTriangle.width
      operands = (0..<4).map { _ in UnsafeNumberBuffer(count: layout.panelCount * PanelTriangle.width) }
      let count = min(Self.mostStripes, layout.panelCount)
      var (stripes, start) = ([Range<Int>](), 0)
      for stripe in 1...count {
        var end = start + 1
        while end < layout.panelCount - (count - stripe),
          layout.panelStart(end) * count < layout.count * stripe
        {
          end += 1
        }
        if stripe == count { end = layout.panelCount }
        stripes.append(start..<end)
        start = end
      }
      self.stripes = stripes
      sums = UnsafeNumberBuffer(count: count * length)
    }

    /// Takes vectors of `count` numbers as operands.
    func load(
      _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>,
      _ d: UnsafePointer<Double>, count: Int
    ) {
      // SAFETY: so many numbers at every pointer, for which the caller answers; padding stays zero.
      operands[0].base.update(from: a, count: count)
      operands[1].base.update(from: b, count: count)
      operands[2].base.update(from: c, count: count)
      operands[3].base.update(from: d, count: count)
    }
  }

  /// Columns of a panel that both halves of a product go through while they are in the cache.
  private static let columnsAtATime = 384
  /// Sums that a thread adds at a time.
  private static let sumsAtATime = 1024

  private var scratch: ProductScratch {
    if let productScratch { return productScratch }
    let made = ProductScratch(layout)
    productScratch = made
    return made
  }

  /// y ← Ax. Hot path.
  ///
  /// Each stripe of panels has sums of its own, which are added in the order of the stripes: the bits are those of any
  /// number of threads.
  ///
  /// - Shapes: both hold `order` numbers; they may be the same.
  package func multiply(_ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>) {
    let scratch = scratch
    // SAFETY: `order` numbers at `x`, by the precondition.
    scratch.operands[0].base.update(from: x, count: order)
    scratch.sums.clear()
    scratch.target = y
    pool.run(count: scratch.stripes.count) { stripe, _ in self.multiplyStripe(stripe) }
    pool.run(count: (order + Self.sumsAtATime - 1) / Self.sumsAtATime) { part, _ in self.addStripes(part) }
    scratch.target = nil
  }

  private func multiplyStripe(_ stripe: Int) {
    let (scratch, width) = (scratch, PanelTriangle.width)
    let x = scratch.operands[0].base
    let sums = scratch.sums.base + stripe * scratch.length
    for panel in scratch.stripes[stripe] {
      // SAFETY: columns of a panel that is there, and the parts of padded vectors that belong to them.
      let base = numbers.base + layout.panelStart(panel)
      let own = width * panel
      for start in stride(from: 0, to: own, by: Self.columnsAtATime) {
        let count = min(Self.columnsAtATime, own - start)
        kernels.accumulatePanelRows(base + start * width, count, x + start, sums + own)
        kernels.accumulatePanelDots(base + start * width, count, x + own, sums + start)
      }
      // Of the diagonal tile the lower triangle counts.
      let tile = base + own * width
      for column in 0..<width {
        sums[own + column] += tile[column * width + column] * x[own + column]
        for row in column + 1..<width {
          sums[own + row] += tile[column * width + row] * x[own + column]
          sums[own + column] += tile[column * width + row] * x[own + row]
        }
      }
    }
  }

  private func addStripes(_ part: Int) {
    let scratch = scratch
    guard let target = scratch.target else { return }
    let range = part * Self.sumsAtATime..<min(order, (part + 1) * Self.sumsAtATime)
    for place in range {
      var sum = 0.0
      for stripe in scratch.stripes.indices { sum += scratch.sums.base[stripe * scratch.length + place] }
      target[place] = sum
    }
  }

  /// A ← σA + abᵀ + cdᵀ, of which the sum of the two products is symmetric. Hot path.
  ///
  /// - Shapes: all four hold `order` numbers.
  package func update(
    scale: Double, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>,
    _ d: UnsafePointer<Double>
  ) {
    let scratch = scratch
    scratch.load(a, b, c, d, count: order)
    scratch.scale = scale
    pool.run(count: scratch.stripes.count) { stripe, _ in self.updateStripe(stripe) }
  }

  private func updateStripe(_ stripe: Int) {
    let (scratch, width) = (scratch, PanelTriangle.width)
    let scale = scratch.scale
    let (a, c) = (scratch.operands[0].base, scratch.operands[2].base)
    for panel in scratch.stripes[stripe] {
      // SAFETY: columns of a panel that is there, and the parts of padded vectors that belong to them.
      var line = UnsafeMutableRawPointer(numbers.base + layout.panelStart(panel))
      let (b0, b1, b2) = lanes(scratch.operands[1].base + width * panel)
      let (d0, d1, d2) = lanes(scratch.operands[3].base + width * panel)
      for column in 0..<width * (panel + 1) {
        let (aj, cj) = (a[column], c[column])
        let (l0, l1, l2) = lanes(line.assumingMemoryBound(to: Double.self))
        line.storeBytes(of: scale * l0 + (aj * b0 + cj * d0), as: SIMD8<Double>.self)
        line.storeBytes(of: scale * l1 + (aj * b1 + cj * d1), toByteOffset: 64, as: SIMD8<Double>.self)
        line.storeBytes(of: scale * l2 + (aj * b2 + cj * d2), toByteOffset: 128, as: SIMD8<Double>.self)
        line += width * MemoryLayout<Double>.stride
      }
    }
  }

  /// Makes it σ times the identity.
  package func setIdentity(times scale: Double) {
    clear()
    for row in 0..<order { self[row, row] = scale }
  }

  /// The lower triangle with its padding, to be kept; `numbers` set so are the same matrix, bit for bit.
  package var packedNumbers: [Double] {
    get { Array(UnsafeBufferPointer(start: numbers.base, count: layout.count)) }
    set {
      precondition(newValue.count == layout.count, "\(newValue.count) numbers for \(layout.count)")
      for (place, number) in newValue.enumerated() { numbers.base[place] = number }
    }
  }

  /// How many numbers `packedNumbers` has.
  package var packedCount: Int { layout.count }
}

/// The 24 numbers of a line of a panel.
@inline(__always)
private func lanes(_ p: UnsafePointer<Double>) -> (SIMD8<Double>, SIMD8<Double>, SIMD8<Double>) {
  // SAFETY: panels are 24 numbers wide; the caller answers for where the line starts.
  let raw = UnsafeRawPointer(p)
  return (
    raw.loadUnaligned(as: SIMD8<Double>.self), raw.loadUnaligned(fromByteOffset: 64, as: SIMD8<Double>.self),
    raw.loadUnaligned(fromByteOffset: 128, as: SIMD8<Double>.self)
  )
}
