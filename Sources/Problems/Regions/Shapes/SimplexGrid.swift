/// A box cut into cells and these into simplices, in each of which a function is taken as linear between the corners.
///
/// The cells are cut by Kuhn's triangulation: a simplex for each order of the axes, whose corners are reached from the
/// lowest one by going along the axes in that order. Neighbouring cells agree on their common face, so that the zero set
/// has no gaps.
struct SimplexGrid {
  let bounds: [ClosedRange<Double>]
  let cells: Int
  let value: ([Double]) -> Double

  private static let orders = [
    [[0]], [[0, 1], [1, 0]], [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]],
  ]

  private var dimensions: Int { bounds.count }

  private func point(_ corner: [Int]) -> [Double] {
    zip(corner, bounds).map { k, range in
      let u = Double(k) / Double(cells)
      return (1 - u) * range.lowerBound + u * range.upperBound
    }
  }

  /// The pieces of the zero set: points, lines or triangles, each a list of corners.
  mutating func facets() -> [[[Double]]] {
    let side = cells + 1
    let total = (0..<dimensions).reduce(1) { count, _ in count * side }
    func corner(_ number: Int) -> [Int] {
      var rest = number
      return (0..<dimensions).map { _ in
        defer { rest /= side }
        return rest % side
      }
    }
    let values = (0..<total).map { value(point(corner($0))) }
    let strides = (0..<dimensions).map { axis in (0..<axis).reduce(1) { step, _ in step * side } }
    var found: [[[Double]]] = []
    for start in 0..<total {
      let place = corner(start)
      guard place.allSatisfy({ $0 < cells }) else { continue }
      for order in SimplexGrid.orders[dimensions - 1] {
        var corners = [start]
        for axis in order { corners.append(corners[corners.count - 1] + strides[axis]) }
        let inside = corners.filter { values[$0] > 0 }
        guard !inside.isEmpty, inside.count < corners.count else { continue }
        let outside = corners.filter { !(values[$0] > 0) }
        // Where two corners are inside and two outside, the four crossings go round in this order.
        let pairs: [(Int, Int)]
        if inside.count == 2, outside.count == 2 {
          pairs = [
            (inside[0], outside[0]), (inside[0], outside[1]), (inside[1], outside[1]), (inside[1], outside[0]),
          ]
        } else {
          pairs = inside.flatMap { a in outside.map { (a, $0) } }
        }
        let crossings = pairs.map { crossing(point(corner($0)), point(corner($1))) }
        if crossings.count == 4 {
          found.append([crossings[0], crossings[1], crossings[2]])
          found.append([crossings[0], crossings[2], crossings[3]])
        } else {
          found.append(crossings)
        }
      }
    }
    return found.filter { SimplexGrid.measure($0) > 0 }
  }

  /// Where the function changes sign between a point inside and one outside, by halving.
  private func crossing(_ inside: [Double], _ outside: [Double]) -> [Double] {
    var (a, b) = (0.0, 1.0)
    func at(_ t: Double) -> [Double] { zip(inside, outside).map { (1 - t) * $0 + t * $1 } }
    for _ in 0..<48 {
      let middle = (a + b) / 2
      if value(at(middle)) > 0 { a = middle } else { b = middle }
    }
    return at((a + b) / 2)
  }

  /// 1 for a point, the length of a line, the area of a triangle.
  static func measure(_ facet: [[Double]]) -> Double {
    switch facet.count {
    case 1: return 1
    case 2: return distance(facet[0], facet[1])
    default:
      let (u, v) = (zip(facet[1], facet[0]).map { $0 - $1 }, zip(facet[2], facet[0]).map { $0 - $1 })
      let dot = zip(u, v).reduce(0) { $0 + $1.0 * $1.1 }
      let square = u.reduce(0) { $0 + $1 * $1 } * v.reduce(0) { $0 + $1 * $1 } - dot * dot
      return max(0, square).squareRoot() / 2
    }
  }

  /// A point of a facet; even in the unit cube is even in the facet.
  static func point(of facet: [[Double]], at u: [Double]) -> [Double] {
    switch facet.count {
    case 1: return facet[0]
    case 2: return zip(facet[0], facet[1]).map { (1 - u[0]) * $0 + u[0] * $1 }
    default:
      // The square onto the triangle: √ of the first, the second along the line across.
      let root = u[0].squareRoot()
      return facet[0].indices.map {
        (1 - root) * facet[0][$0] + root * ((1 - u[1]) * facet[1][$0] + u[1] * facet[2][$0])
      }
    }
  }
}
