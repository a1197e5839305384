/// A matrix `[inner][units]` as the kernels of hidden layers read it, `[units/8][inner][8]`, padded with zeros.
package func weightPanels(inner: Int, units: Int, _ value: (_ k: Int, _ unit: Int) -> Double) -> [Double] {
  (0..<(units + 7) / 8).flatMap { panel in
    (0..<inner).flatMap { k in
      (0..<8).map { lane in
        let unit = 8 * panel + lane
        return unit < units ? value(k, unit) : 0
      }
    }
  }
}
