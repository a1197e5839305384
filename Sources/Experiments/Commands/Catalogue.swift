import Configurations
import Expressions
import KernelInterface
import Networks
import Problems
import Training

/// A family of things a configuration may name, for `pinn list`.
package struct Catalogue: Sendable {
  package var kind: String
  package var summary: String
  package var entries: [(name: String, summary: String)]

  package static let all: [Catalogue] = [
    Catalogue(
      kind: "activations", summary: "functions between the layers of a network",
      entries: Activation.allCases.map { ($0.rawValue, $0.summary) } + [
        ("sine", "sin(omega·z), with the initialisation of SIREN")
      ]),
    Catalogue(
      kind: "architectures", summary: "how the layers of a network hang together",
      entries: architectureCatalogue.map { ($0.name, $0.summary) }),
    Catalogue(
      kind: "balances", summary: "rules for the weights of terms",
      entries: balanceCatalogue.map { ($0.name, $0.summary) }),
    Catalogue(
      kind: "functions", summary: "functions of the equation language",
      entries: functionCatalogue.map { ($0.usage, $0.summary) }),
    Catalogue(
      kind: "initializations", summary: "start values of weights",
      entries: Initialization.allCases.map { ($0.rawValue, $0.summary) }),
    Catalogue(
      kind: "optimizers", summary: "methods of a training phase",
      entries: OptimizerMethod.allCases.map { ($0.rawValue, $0.entry.summary) }),
    Catalogue(
      kind: "point-weights", summary: "rules for the weights of single points",
      entries: pointWeightCatalogue.map { ($0.name, $0.summary) }),
    Catalogue(
      kind: "refinements", summary: "ways to put points where the residual is large",
      entries: refinementCatalogue.map { ($0.name, $0.summary) }),
    Catalogue(
      kind: "samplers", summary: "ways to spread collocation points",
      entries: samplerCatalogue.map { ($0.name, $0.summary) }),
    Catalogue(
      kind: "schedules", summary: "how Adam's learning rate falls",
      entries: ScheduleKind.allCases.map { ($0.rawValue, $0.summary) }),
    Catalogue(
      kind: "shapes", summary: "what a region is made of",
      entries: shapeCatalogue.map { ($0.usage, $0.summary) }),
    Catalogue(
      kind: "templates", summary: "starting files for pinn init",
      entries: ExperimentTemplate.all.map { ($0.name, $0.summary) }),
  ]
}
