import Autodiff
import KernelInterface
import TestSupport

/// A network in plain loops over numbers of any kind, with the same network as a tape.
struct PlainNetwork: CustomStringConvertible {
  let set: DerivativeSet
  let inputs: Int
  private(set) var widths: [Int]
  private(set) var layers: [AffineParameters] = []
  private(set) var activations: [Activation?] = []
  private(set) var packing = ParameterPacking()
  let parameters: [Double]

  /// A random network of no to three hidden layers of the given widths for jets of `set`.
  init(_ set: DerivativeSet, widths choices: [Int] = [1, 7, 20, 33], _ random: inout SeededNumbers) {
    self.set = set
    inputs = set.variableCount
    widths = [inputs]
    let depth = random.integer(0...3)
    let activation = random.element(Activation.allCases)
    for _ in 0..<depth {
      let (width, scale) = (random.element(choices), random.element([1, 1, 1.5, 0.5]))
      layers.append(packing.append(.hidden, inputs: widths[widths.count - 1], outputs: width, scale: scale))
      activations.append(activation)
      widths.append(width)
    }
    let outputs = random.integer(1...9)
    layers.append(packing.append(.output, inputs: widths[widths.count - 1], outputs: outputs))
    activations.append(nil)
    widths.append(outputs)
    // Sums of some unit's size, so that activations are met where they bend.
    parameters = layers.flatMap { layer in
      random.array((layer.inputs + 1) * layer.outputs).map { $0 * 1.7 / Double(layer.inputs).squareRoot() }
    }
  }

  var outputs: Int { widths[widths.count - 1] }

  var description: String { "\(activations[0].map(\.rawValue) ?? "linear") network of \(widths)" }

  func tape() -> Tape {
    var tape = Tape(parts: set, inputWidth: inputs)
    for (layer, activation) in zip(layers, activations) {
      tape.append(activation.map { .hidden(layer, $0) } ?? .output(layer))
    }
    return tape
  }

  func evaluate<Number: ReferenceNumber>(_ input: [Number], parameters: [Number]) -> [Number] {
    var values = input
    for (layer, activation) in zip(layers, activations) {
      values = (0..<layer.outputs).map { n in
        var sum = parameters[layer.offset + layer.inputs * layer.outputs + n]
        for k in 0..<layer.inputs { sum += values[k] * parameters[layer.offset + k * layer.outputs + n] }
        sum *= Number(layer.scale)
        return activation?.reference(sum) ?? sum
      }
    }
    return values
  }
}

/// The jets of some points for the input of a network, and cotangents for its output: `[part][point][unit]`, unpadded.
struct PlainJets {
  let network: PlainNetwork
  let points: Int
  let input: [Double]
  let cotangents: [Double]

  init(_ network: PlainNetwork, points: Int, _ random: inout SeededNumbers) {
    self.network = network
    self.points = points
    input = random.array(network.set.count * points * network.inputs)
    cotangents = random.array(network.set.count * points * network.outputs)
  }

  /// The input at a point as dual numbers whose infinitesimals are the variables of `index`, a summand of `part`.
  func dual(_ index: MultiIndex, of part: Int, _ point: Int) -> [FourDual] {
    (0..<network.inputs).map { unit in
      FourDual { mask in
        guard let lower = index.part(ofMask: mask) else { return 0 }
        return network.set.derivative(lower, seenBy: part) { input[($0 * points + point) * network.inputs + unit] }
      }
    }
  }

  func cotangent(_ part: Int, _ point: Int, _ output: Int) -> Double {
    cotangents[(part * points + point) * network.outputs + output]
  }
}
