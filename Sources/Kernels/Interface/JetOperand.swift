/// A matrix of jets as a kernel reads it: number (part, point, unit) lies at part·partStride + point·pointStride +
/// unit·unitStride.
package struct JetOperand {
  package var base: UnsafePointer<Double>
  package var partStride: Int
  package var pointStride: Int
  package var unitStride: Int

  package init(_ base: UnsafePointer<Double>, partStride: Int, pointStride: Int, unitStride: Int) {
    self.base = base
    self.partStride = partStride
    self.pointStride = pointStride
    self.unitStride = unitStride
  }
}

/// The jets before and after the activation of a hidden layer, `[part][point][unit]` with rows `stride` numbers apart,
/// of which the first `units`, a multiple of the lane count, are worked on.
package struct HiddenJets {
  /// The arguments z of the activation.
  package var z: UnsafeMutablePointer<Double>
  /// Its values y.
  package var y: UnsafeMutablePointer<Double>
  package var points: Int
  package var units: Int
  package var stride: Int

  package init(
    z: UnsafeMutablePointer<Double>, y: UnsafeMutablePointer<Double>, points: Int, units: Int, stride: Int
  ) {
    self.z = z
    self.y = y
    self.points = points
    self.units = units
    self.stride = stride
  }

  package var partStride: Int { points * stride }
}
