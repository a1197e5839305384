import Configurations
import Diagnostics
import Problems

extension ConditionPlaceReader {
  /// Whether a point lies outside of all excluded places; nil where there are none.
  ///
  ///     disk([0, 1], 0.02)      a shape in the variables of space, at all times
  ///     x < 0.4 and t < 2       an expression of any variables that is not 0
  ///
  /// - Throws: texts that are neither.
  func filter(excluding texts: [LocatedText]) throws(InputFailure) -> ConditionPlace.Filter? {
    var parts: [ConditionPlace.Filter] = []
    for text in texts {
      guard isShape(text.text) else {
        guard text.text.contains(where: { $0 == "<" || $0 == ">" }) else {
          throw InputFailure(
            .configuration, "'\(text.text)' is no part of the domain that could be excluded", at: text.location,
            help: "a shape such as \"ball([…], 0.02)\", see pinn list shapes, or inequalities: \"x < 0.1 and y > 0.9\"")
        }
        parts.append(try filter([text]))
        continue
      }
      let shape = try parseRegion(text, variables: spaceNames, constants: constants)
      let space = space
      parts.append { point in shape.contains(space.map { point[$0] }) }
    }
    guard !parts.isEmpty else { return nil }
    let excluded = parts
    return { point in !excluded.contains { $0(point) } }
  }
}

extension PointSource.Place {
  /// What a filter leaves of the place, nil where that is nothing. A single point was named on purpose and stays.
  func keeping(_ filter: ConditionPlace.Filter?) -> PointSource.Place? {
    guard let filter else { return self }
    switch self {
    case .slice(let slice):
      return slice.dimensions == 0 ? self : RegionSlice(part: slice, where: filter).map { .inside($0) }
    case .inside(let slice): return slice.dimensions == 0 ? self : slice.part(where: filter).map { .inside($0) }
    case .boundary(let boundary): return boundary.part(where: filter).map { .boundary($0) }
    case .integrals: return self
    }
  }
}
