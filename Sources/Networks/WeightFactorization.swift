import Autodiff
import Kernels
import RealModule

/// Random weight factorisation: the weights into unit n are W[·, n] e^{gₙ}, and W and g are trained.
///
/// The products start as they would without factors, so a network represents the same functions; gradient steps in W and
/// g together move along another path.
///
/// - Source: Wang, Wang, Seidman & Perdikaris (2022), arXiv:2210.01274.
package struct WeightFactorization: Sendable, Equatable {
  /// The normal distribution from which g is drawn.
  package var mean: Double
  package var deviation: Double

  package init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Draws g and divides the weights of a layer that are drawn already by eᵍ.
  func factor(_ parameters: inout [Double], layer: AffineParameters, stream: RandomStream) {
    for n in 0..<layer.outputs {
      let g = mean + deviation * stream.normal(at: UInt64(n))
      parameters[layer.offset + layer.unitScalesPlace + n] = g
      for k in 0..<layer.inputs { parameters[layer.offset + k * layer.outputs + n] *= Double.exp(-g) }
    }
  }
}
