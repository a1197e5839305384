import KernelInterface
import Kernels

/// A hidden layer of a tape and where its jets and cotangents stand; plain numbers, so that reading it counts no
/// references.
struct PlannedLayer: Sendable {
  /// A value that is read elementwise.
  struct Read: Sendable {
    /// Where its jets start among those of the hidden layers; −1 for the inputs.
    var start = -1
    /// Which extra cotangent it has; −1 for the inputs, which want none.
    var bar = -1
    /// Whether another reader has left something there before, in reverse.
    var adds = false
  }

  var parameters: AffineParameters
  var activation: Activation
  var readsInputs: Bool
  var units: Int
  var stride: Int
  /// Where z, y and what they are combined to start among the jets of the hidden layers. The last two are one where
  /// nothing is combined.
  var z: Int
  var y: Int
  var value: Int
  var kind = JetCombination.Kind.none
  var own = 1.0
  var other = 0.0
  var hasShare = false
  var first = Read()
  var second = Read()
  /// The extra cotangent that elementwise readers of the value left; −1 where there are none.
  var valueBar = -1

  /// The same for so many points and parts.
  func times(_ numbers: Int) -> PlannedLayer {
    var layer = self
    layer.z *= numbers
    layer.y *= numbers
    layer.value *= numbers
    if first.start > 0 { layer.first.start *= numbers }
    if second.start > 0 { layer.second.start *= numbers }
    return layer
  }
}

/// Where everything stands in a workspace, in units of points times parts.
struct TapePlan {
  private(set) var layers: [PlannedLayer] = []
  /// Numbers of the jets of all hidden layers.
  private(set) var hiddenNumbers = 0
  /// The widest rows of a hidden layer.
  private(set) var widest = 0
  /// How many cotangents that elementwise readers leave are kept at the same time.
  private(set) var extraCount = 0
  /// Whether the inputs are laid out as hidden layers: the outputs read them, or elementwise readers do.
  let inputsAreRows: Bool

  init(_ tape: Tape) {
    var reads: [[TapeValue]] = []
    for (place, node) in tape.nodes.enumerated() {
      guard case .hidden(let parameters, let activation, let readsInputs, let combination) = node else { continue }
      let stride = rowStride(parameters.outputs)
      var layer = PlannedLayer(
        parameters: parameters, activation: activation, readsInputs: readsInputs || place == 0,
        units: padded(parameters.outputs), stride: stride, z: hiddenNumbers, y: hiddenNumbers + stride,
        value: hiddenNumbers + stride)
      hiddenNumbers += 2 * stride
      switch combination {
      case .none: break
      case .sum(_, let own, let other): (layer.kind, layer.own, layer.other) = (.sum, own, other)
      case .blend: (layer.kind, layer.hasShare) = (.sum, true)
      case .gate: layer.kind = .gate
      }
      if combination != .none {
        layer.value = hiddenNumbers
        hiddenNumbers += stride
      }
      widest = max(widest, stride)
      reads.append(combination.reads)
      layers.append(layer)
    }
    inputsAreRows = layers.isEmpty || reads.contains { $0.contains(.inputs) }
    placeReads(reads)
  }

  /// Gives every value that is read elementwise a place for its cotangent, from the last of its readers, which comes
  /// first in reverse, to its own node. A node that hands on may use the place of its own value: it reads before it
  /// writes.
  private mutating func placeReads(_ reads: [[TapeValue]]) {
    var free: [Int] = []
    for place in layers.indices.reversed() {
      if layers[place].valueBar >= 0 { free.append(layers[place].valueBar) }
      var found: [PlannedLayer.Read] = []
      for value in reads[place] {
        guard case .node(let number) = value else {
          found.append(PlannedLayer.Read())
          continue
        }
        let adds = layers[number].valueBar >= 0
        if !adds {
          if free.isEmpty {
            free.append(extraCount)
            extraCount += 1
          }
          layers[number].valueBar = free.removeLast()
        }
        found.append(PlannedLayer.Read(start: layers[number].value, bar: layers[number].valueBar, adds: adds))
      }
      if let first = found.first { layers[place].first = first }
      if found.count > 1 { layers[place].second = found[1] }
    }
  }
}
