/// A commented experiment to start from.
package struct ExperimentTemplate: Sendable {
  package var name: String
  package var summary: String
  package var text: String

  package static let all: [ExperimentTemplate] = [
    forwardODE, forwardPDE, inverseODE, inversePDE,
    hardConditions, periodic, neumannRobin,
    system, complexPair, higherOrder,
    severalUnknowns, dataAssimilation, inverseSource, unknownFunction, discovery,
    fourierFeatures, miniBatches, phases, study,
  ]
}
