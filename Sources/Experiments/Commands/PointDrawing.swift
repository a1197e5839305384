import Configurations
import Diagnostics
import Problems
import Tables
import Training

/// The points of all terms of a loss as a drawing in SVG, for `pinn check --svg`.
///
/// It shows two variables: the first two of space, or the one of space against time; a single one against the terms. Points
/// of all values of the others lie over each other. On the boundary of a region the outward normals are drawn, too.
///
/// - Source: W3C, Scalable Vector Graphics 1.1 (2011).
struct PointDrawing {
  private struct Layer {
    var name: String
    var points: [(x: Double, y: Double)]
    /// Outward normals, of as many points, where they are known.
    var normals: [(x: Double, y: Double)]
    /// How many points there are; more than are drawn.
    var count: Int
  }

  private struct Axis {
    var name: String
    var range: ClosedRange<Double>
  }

  /// No browser likes more.
  private static let mostPoints = 4000
  /// Those of the drawing without its margins.
  private static let size = 640.0
  private static let margin = 56.0
  /// Told apart without red and green: Okabe & Ito (2008). Equations have the first.
  private static let colours = [
    "#9a9a9a", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
  ]

  private var horizontal: Axis
  private var vertical: Axis?
  /// Whether both are variables of space, to be drawn true to scale.
  private let isPlane: Bool
  private var layers: [Layer] = []
  private let title: String

  init(_ problem: AssembledProblem) {
    let experiment = problem.experiment
    let variables = experiment.variables
    let space = variables.indices.filter { !variables[$0].isTime }
    let shown = Array((space + variables.indices.filter { variables[$0].isTime }).prefix(2))
    func axis(_ number: Int) -> Axis {
      let unit = variables[number].unit.isEmpty ? "" : " (\(variables[number].unit))"
      return Axis(name: variables[number].name + unit, range: variables[number].range)
    }
    title = experiment.title.isEmpty ? experiment.name : experiment.title
    horizontal = axis(shown[0])
    vertical = shown.count > 1 ? axis(shown[1]) : nil
    isPlane = shown.count > 1 && shown.allSatisfy(space.contains)
    let loss = problem.setup.loss
    for set in loss.pointSets {
      let names = set.terms.reduce(into: [String]()) { names, term in
        if !names.contains(loss.terms[term].name) { names.append(loss.terms[term].name) }
      }
      let step = max(1, (set.count + PointDrawing.mostPoints - 1) / PointDrawing.mostPoints)
      let drawn = stride(from: 0, to: set.count, by: step)
      let level = Double(layers.count)
      let places = PointDrawing.places(of: set)
      let count = places.reduce(0) { $0 + (0..<set.count).count(where: $1.isPoint) }
      let points = places.flatMap { place in
        drawn.filter(place.isPoint).map { point in
          (x: place.coordinates[shown[0]][point], y: shown.count > 1 ? place.coordinates[shown[1]][point] : level)
        }
      }
      var normals: [(x: Double, y: Double)] = []
      if case .boundary? = set.source?.place, isPlane {
        normals = drawn.map { point in (x: set.columns[0][point], y: set.columns[1][point]) }
      }
      let name = names.joined(separator: ", ")
      if let known = layers.firstIndex(where: { $0.name == name }) {
        layers[known].points += points
        layers[known].normals += normals
        layers[known].count += count
      } else {
        layers.append(Layer(name: name, points: points, normals: normals, count: count))
      }
    }
  }

  /// Where the residuals of a point set are taken: at its points, those of integrals at the points of each.
  private static func places(of set: PointSet) -> [(coordinates: [[Double]], isPoint: (Int) -> Bool)] {
    guard case .integrals(let points)? = set.source?.place else { return [(set.sites[0], { _ in true })] }
    return points.integrals.indices.map { integral in
      let weights = set.columns[points.weightColumn(integral)]
      return (
        points.box.variables.indices.map { set.columns[points.coordinateColumn(integral, $0)] }, { weights[$0] != 0 }
      )
    }
  }

  /// The drawing as a file of its own.
  func write(to path: String) throws(InputFailure) {
    let text = svg
    try writing { () throws(WriteFailure) in
      let file = try CheckedWriter(path: path, mode: .replace)
      try file.write(text)
      try file.close()
    }
  }

  private var svg: String {
    let (width, margin) = (PointDrawing.size, PointDrawing.margin)
    let ratio = vertical.map { length($0.range) / length(horizontal.range) } ?? 0
    // Space is true to scale as long as that leaves something to see.
    let isToScale = isPlane && ratio > 0.05 && ratio < 4
    let height = vertical == nil ? 40 * Double(max(1, layers.count)) : width * (isToScale ? ratio : 0.6)
    let rows = Double(layers.count)
    let total = (width: width + 2 * margin, height: height + 2 * margin + 20 * (rows + 1))
    let yRange = vertical?.range ?? -0.5...max(0.5, rows - 0.5)
    func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
      let x = (point.x - horizontal.range.lowerBound) / length(horizontal.range)
      let y = (point.y - yRange.lowerBound) / length(yRange)
      return (margin + width * x, margin + height * (1 - y))
    }
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(short(total.width))\" height=\"\(short(total.height))\" viewBox=\"0 0 \(short(total.width)) \(short(total.height))\" font-family=\"sans-serif\" font-size=\"13\">",
      "<title>\(escaped(title))</title>", "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
      "<text x=\"\(short(margin))\" y=\"28\" font-size=\"16\">\(escaped(title))</text>",
      "<rect x=\"\(short(margin))\" y=\"\(short(margin))\" width=\"\(short(width))\" height=\"\(short(height))\" fill=\"none\" stroke=\"#333333\"/>",
    ]
    lines += labels(height)
    for (number, layer) in layers.enumerated() {
      let colour = PointDrawing.colours[number % PointDrawing.colours.count]
      lines.append("<g fill=\"\(colour)\" stroke=\"none\">")
      let radius = layer.points.count > 1000 ? 1.2 : 2.4
      for point in layer.points.map(place) {
        lines.append("<circle cx=\"\(short(point.x))\" cy=\"\(short(point.y))\" r=\"\(radius)\"/>")
      }
      lines.append("</g>")
      if !layer.normals.isEmpty {
        lines.append("<g stroke=\"\(colour)\" stroke-width=\"0.8\">")
        for (point, normal) in zip(layer.points.map(place), layer.normals) {
          lines.append(
            "<line x1=\"\(short(point.x))\" y1=\"\(short(point.y))\" x2=\"\(short(point.x + 10 * normal.x))\" y2=\"\(short(point.y - 10 * normal.y))\"/>"
          )
        }
        lines.append("</g>")
      }
      let y = height + 2 * margin + 20 * Double(number)
      let shown = layer.points.count < layer.count ? ", \(layer.points.count) of them drawn" : ""
      lines.append("<circle cx=\"\(short(margin + 6))\" cy=\"\(short(y - 4))\" r=\"4\" fill=\"\(colour)\"/>")
      lines.append(
        "<text x=\"\(short(margin + 18))\" y=\"\(short(y))\">\(escaped(layer.name)): \(layer.count) \(layer.count == 1 ? "point" : "points")\(shown)</text>"
      )
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Names of the axes and the ends of their ranges.
  private func labels(_ height: Double) -> [String] {
    let (width, margin) = (PointDrawing.size, PointDrawing.margin)
    func text(_ x: Double, _ y: Double, _ anchor: String, _ text: String) -> String {
      "<text x=\"\(short(x))\" y=\"\(short(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>"
    }
    let below = margin + height + 18
    var lines = [
      text(margin, below, "middle", shortestDecimal(horizontal.range.lowerBound)),
      text(margin + width, below, "middle", shortestDecimal(horizontal.range.upperBound)),
      text(margin + width / 2, below, "middle", horizontal.name),
    ]
    if let vertical {
      lines += [
        text(margin - 6, margin + height, "end", shortestDecimal(vertical.range.lowerBound)),
        text(margin - 6, margin + 10, "end", shortestDecimal(vertical.range.upperBound)),
        text(margin - 6, margin + height / 2, "end", vertical.name),
      ]
    }
    return lines
  }

  private func length(_ range: ClosedRange<Double>) -> Double { range.upperBound - range.lowerBound }

  /// A hundredth of a pixel is enough.
  private func short(_ value: Double) -> String { shortestDecimal((value * 100).rounded() / 100) }

  private func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // XML has no control characters.
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
