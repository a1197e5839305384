package import Expressions
import KernelInterface
import Kernels

extension RegionDomain {
  /// A function of space that is 0 on pieces of the boundary and positive everywhere else in the region, at most about 1.
  ///
  /// It is a product over the factors of the region (`ZeroSet.factors`) that the pieces belong to. Where they are only
  /// some of a factor's, each has a function of its own: of a segment of length L from a to b, with f the distance to its
  /// line and t positive in the disk about it,
  ///
  ///     √(f² + ((√(t² + f⁴) − t)/2)²)        t = (L²/4 − |x − (a + b)/2|²)/L
  ///
  /// - Throws: pieces that cannot be told from others of their factor; shapes that have a boundary in common inside of the
  ///   region, where the function would vanish, too.
  /// - Source: Sukumar & Srivastava (2022), arXiv:2104.08426, equation 18.
  package func vanishing(
    on pieces: [Region.Piece], in graph: inout ExpressionGraph
  ) throws(RegionError) -> NodeID {
    let x = space.map { graph.symbol(.coordinate($0, site: 0)) }
    var product = graph.constant(1)
    for factor in region.zeroSet(x, in: &graph).factors {
      let own = region.pieces.filter { piece in
        factor.pieces.contains { $0.leaf == piece.leaf && $0.number == piece.piece }
      }
      let wanted = own.filter { piece in pieces.contains { $0.leaf == piece.leaf && $0.piece == piece.piece } }
      if wanted.isEmpty { continue }
      if wanted.count == own.count {
        let function = factor.function(in: &graph)
        product = graph.multiply(product, function)
        continue
      }
      for piece in wanted {
        let function = try segment(piece, x, in: &graph)
        product = graph.multiply(product, function)
      }
    }
    let size = try checkedSize(product, graph)
    return graph.multiply(graph.constant(1 / size), product)
  }

  /// 0 on a piece that is a segment.
  private func segment(
    _ piece: Region.Piece, _ x: [NodeID], in graph: inout ExpressionGraph
  ) throws(RegionError) -> NodeID {
    let ends = [0.0, 0.5, 1].compactMap { u in
      piece.coordinates == 1 ? region.leaves[piece.leaf].boundaryPoint(piece: piece.piece, at: [u])?.point : nil
    }
    guard region.dimensions == 2, ends.count == 3, piece.share == 1,
      distance(ends[1], zip(ends[0], ends[2]).map { ($0 + $1) / 2 }) <= 1e-12 * region.extent
    else {
      throw RegionError(
        "'\(piece.names.last ?? "")' cannot be told from other parts of the boundary that it forms a corner inwards with",
        help: "give them all a hard condition in one, or write the region as a polygon")
    }
    let (a, middle, b) = (ends[0], ends[1], ends[2])
    let size = distance(a, b)
    let normal = [(b[1] - a[1]) / size, (a[0] - b[0]) / size]
    let f = graph.affine(normal, x, plus: -(normal[0] * a[0] + normal[1] * a[1]))
    let square = graph.squaredDistance(x, from: middle)
    let t = graph.multiply(graph.constant(1 / size), graph.subtract(graph.constant(size * size / 4), square))
    let root = graph.unary(.sqrt, graph.add(graph.integerPower(t, 2), graph.integerPower(f, 4)))
    let beyond = graph.multiply(graph.constant(0.5), graph.subtract(root, t))
    return graph.unary(.sqrt, graph.add(graph.integerPower(f, 2), graph.integerPower(beyond, 2)))
  }

  /// The largest value in the region, where the function must be positive: at points inside, and on what boundaries of shapes
  /// run through the inside.
  private func checkedSize(_ function: NodeID, _ graph: ExpressionGraph) throws(RegionError) -> Double {
    let program = ResidualProgram(graph, outputs: [function])
    let axes = program.inputs.compactMap { symbol -> Int? in
      if case .coordinate(let variable, _) = symbol { space.firstIndex(of: variable) } else { nil }
    }
    func value(_ point: [Double]) -> Double { program.evaluate(axes.map { point[$0] })[0] }
    let inside = acceptedPoints(
      count: 512, dimensions: region.dimensions, share: region.share, sampler: HaltonSampler(),
      stream: RandomStream(seed: 0, purpose: "vanishing")
    ) { units -> [Double]? in
      let point = region.boxPoint(units)
      return region.depth(point) > 1e-6 * region.extent ? point : nil
    }
    let values = inside.map(value)
    let size = values.max() ?? 0
    let seams = region.leaves.indices.flatMap { region.seams(ofLeaf: $0) }
    guard size > 0, size.isFinite, values.allSatisfy({ $0 > 0 }), seams.allSatisfy({ value($0) > 1e-9 * size }) else {
      throw RegionError(
        "no function was found that vanishes there and nowhere else in the region",
        help: "shapes of a union must overlap, not only touch; an inequality must be positive inside")
    }
    return size
  }
}

extension Region {
  /// Points of a shape's boundary that lie inside of the region.
  fileprivate func seams(ofLeaf number: Int) -> [[Double]] {
    leaves[number].shape.pieces.indices.flatMap { piece -> [[Double]] in
      let coordinates = leaves[number].shape.pieces[piece].coordinates
      let stream = RandomStream(seed: 0, purpose: "seams", index: piece)
      return (0..<(coordinates == 0 ? 1 : 32)).compactMap { row in
        let units = (0..<coordinates).map { stream.uniform(at: UInt64(row * coordinates + $0)) }
        guard let found = leaves[number].boundaryPoint(piece: piece, at: units[...]) else { return nil }
        let sides = [-1.0, 1].map { side in depth(zip(found.point, found.normal).map { $0 + side * offset * $1 }) }
        return sides.allSatisfy { $0 > 0 } ? found.point : nil
      }
    }
  }
}
