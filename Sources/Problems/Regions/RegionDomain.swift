/// A region of space, times an interval of time where there is one; or a region of space and time, whose boundary moves.
package struct RegionDomain: Sendable {
  package let region: Region
  /// All variables with their ranges.
  package let box: BoxRegion
  /// The place in a point of each variable of the region.
  package let space: [Int]
  /// The last variable of a region of space and time.
  let time: Int?

  /// - Parameter time: the last of `space` where that is not one of space.
  /// - Precondition: a variable for each dimension of the region.
  package init(_ region: Region, box: BoxRegion, space: [Int], time: Int? = nil) {
    precondition(
      space.count == region.dimensions, "a region of \(region.dimensions) dimensions has \(space.count) variables")
    precondition(time == nil || time == space.last, "time is variable \(time ?? -1), the last is \(space.last ?? -1)")
    self.time = time
    self.region = region
    self.box = box
    self.space = space
  }

  /// Whether a point, with all variables, is in the region or nearer than `tolerance` times its extent, whatever its
  /// time.
  package func contains(_ point: [Double], tolerance: Double = 1e-9) -> Bool {
    region.contains(space.map { point[$0] }, tolerance: tolerance)
  }

  /// Of points in files, whose coordinates may have been rounded to six digits.
  package static let dataTolerance = 1e-6

  package var interior: RegionSlice? { slice([:]) }

  /// The points at which some variables have fixed values, or nil where no point of the region is found.
  ///
  /// - Precondition: the values are within the ranges of the variables.
  package func slice(_ fixed: [Int: Double]) -> RegionSlice? { RegionSlice(self, fixed: fixed) }

  /// The pieces of the boundary that have a name, or all without one; nil where there are none.
  package func boundary(named name: String?) -> RegionBoundary? {
    let pieces = region.pieces.filter { piece in name.map { piece.names.contains($0) } ?? true }
    return pieces.isEmpty ? nil : RegionBoundary(domain: self, pieces: pieces)
  }

  /// The boundary without what the box of the variables cuts off; nil where nothing is left.
  package var ownBoundary: RegionBoundary? {
    let pieces = region.pieces.filter { $0.leaf != region.frameLeaf }
    return pieces.isEmpty ? nil : RegionBoundary(domain: self, pieces: pieces)
  }

  /// The variables that the region does not have: time.
  var others: [Int] { box.variables.indices.filter { !space.contains($0) } }
}
