package import Diagnostics
package import KernelInterface
package import Networks
package import Problems
package import Training

/// An experiment as the user wrote it, validated, with every default resolved; expressions are still text.
package struct Experiment: Sendable {
  package struct Variable: Sendable {
    package var name: String
    package var range: ClosedRange<Double>
    package var unit: String
    package var isTime: Bool
    /// Into how many slabs of time the domain is cut, and where that is said; nil where it is one.
    package var slabs: (count: Int, location: SourceLocation?)?
  }

  /// Repetitions of the experiment in which some fields and unknowns are each their own.
  package struct Group: Sendable {
    package var name: LocatedKey
    package var labels: [String]
  }

  package struct Field: Sendable {
    /// "S", or "S[2]" of a field that each group has its own of.
    package var name: LocatedKey
    /// What expressions call it.
    package var baseName: String
    /// The group it belongs to, by the place of its label; nil where it is the same in all.
    package var group: Int?
    package var expression: LocatedText
    package var unit: String
    /// What its network output is scaled to.
    package var range: ClosedRange<Double>?
  }

  package struct Unknown: Sendable {
    /// As of fields.
    package var name: String
    package var baseName: String
    package var group: Int?
    package var guess: Double
    package var otherGuesses: [Double]
    package var lower: Double?
    package var upper: Double?
    package var isLogarithmic: Bool
    package var learningRateFactor: Double
    package var fixed: Double?
    package var truth: Double?
    package var prior: Prior?
    package var unit: String

    /// The value an unknown has while it is not estimated, and where that value comes from.
    package var held: (value: Double, origin: String) {
      if let fixed { return (fixed, "its fixed value") }
      if let truth { return (truth, "its true value") }
      return (guess, "its guess")
    }
  }

  package struct Equation: Sendable {
    package var name: String
    package var expression: LocatedText
    package var role: Role

    package enum Role: String, Sendable {
      /// It is to vanish, as far as other terms and the network allow.
      case equation
      /// It is only to be small, as the slope of an unknown function, and not to vanish.
      case penalty
      /// It is to hold exactly, whatever other terms lose by that.
      case constraint
    }
  }

  package struct Condition: Sendable {
    package var name: String
    package var places: [LocatedText]
    /// Nil for a periodic condition that names no expressions.
    package var expressions: [LocatedText]?
    /// Of a periodic condition without expressions: the highest derivative that agrees; nil where the equations say.
    package var order: Int?
    /// The rows whose points the condition holds at; nil where points are drawn.
    package var rows: DataSet?
    package var isHard: Bool
    /// Whether it is to hold exactly, by multipliers.
    package var isConstraint = false
    /// Points drawn on each place; a place without extent has one whatever this says.
    package var points: Int
    /// How many times integrals over parts of space are taken at, where no time is given.
    package var times: Int
    package var method: String
    /// Where no points are drawn.
    package var excluded: [LocatedText] = []
    package var location: SourceLocation

    /// That every field agrees at both ends of a variable, as one that is written without expressions.
    package static func periodic(in variable: LocatedText, points: Int, method: String) -> Condition {
      Condition(
        name: "features", places: [LocatedText("\(variable.text): periodic")], isHard: true, points: points,
        times: 1, method: method, location: variable.location)
    }
  }

  package struct Energy: Sendable {
    package var name: String
    package var expression: LocatedText
    package var weight: Double
    /// Nil for the whole domain.
    package var places: [LocatedText]?
    package var points: Int
    package var method: String
    package var location: SourceLocation
  }

  package struct Sampling: Sendable {
    package var points: Int
    package var method: String
    /// Where no points of the equations are drawn.
    package var excluded: [LocatedText]
    package var resampleEvery: Int?
    /// How points follow the residual at each draw; nil where the sampler draws.
    package var refinement: RefinementSettings?
    package var heldoutPoints: Int
    package var heldoutEvery: Int
  }

  package struct Features: Sendable {
    package var expressions: [LocatedText]?
    package var periodic: [LocatedText]
    package var harmonics: Int
    package var fourier: [Fourier]
  }

  package struct Fourier: Sendable {
    /// Frequencies of each sigma.
    package var count: Int
    package var sigmas: [Double]
    /// Nil for all inputs.
    package var variables: [LocatedText]?
  }

  /// Which symmetries the outputs of a network have, by the names of variables.
  package struct Symmetry: Sendable {
    package struct Rotation: Sendable {
      package var about: [(name: LocatedKey, value: Double)]
      package var order: Int?
      package var hasMirror: Bool
    }

    package var even: [(name: LocatedKey, value: Double)]
    package var odd: [(name: LocatedKey, value: Double)]
    package var rotation: Rotation?
    package var exchange: [LocatedText]
  }

  package struct NetworkSettings: Sendable {
    package var architecture: any Architecture.Type
    package var hidden: [Int]
    package var activation: Activation
    /// Factor on the argument of every hidden activation; 1 but for `sine`.
    package var omega: Double
    package var initialization: Initialization
    package var normalizesInputs: Bool
    package var features: Features
    package var symmetry: Symmetry?
    /// Whether every output has hidden layers of its own.
    package var hasSeparateTrunks: Bool
    package var factorization: WeightFactorization?
    package var slopeScale: Double?
  }

  /// A network with a name, besides the one of [network].
  package struct NamedNetwork: Sendable {
    /// "flow", or "flow[2]" of a network that each group has its own of.
    package var name: LocatedKey
    /// Names of the variables it depends on.
    package var inputs: [LocatedText]
    package var outputs: [LocatedText]
    package var settings: NetworkSettings
  }

  package struct DataSet: Sendable {
    package var name: String
    package var source: DataSource
    package var columns: [String: LocatedText]
    package var fields: [LocatedText]?
    package var expressions: [LocatedText]?
    package var filter: LocatedText?
    package var rows: ClosedRange<Int>?
    package var fraction: Double
    package var seed: UInt64
    package var noise: Double
    /// Standard deviation of the noise, in columns and variables; nil where it is not known.
    package var sigma: LocatedText?
    package var loss: RobustLoss
    package var holdout: Double
    package var location: SourceLocation
  }

  /// Where a table of data stands.
  package enum DataSource: Sendable {
    case file(LocatedText)
    /// In the experiment itself.
    case inline(LocatedText)

    /// The path, or the text, with its place in the experiment.
    package var text: LocatedText {
      switch self {
      case .file(let path): path
      case .inline(let text): text
      }
    }

    package var path: String? {
      if case .file(let path) = self { path.text } else { nil }
    }
  }

  /// Columns of one table as known functions of the variables.
  package struct Coefficients: Sendable {
    package var source: DataSource
    /// The columns of variables.
    package var columns: [String: LocatedText]
    package var names: [(name: LocatedKey, column: LocatedText)]
  }

  package struct Reference: Sendable {
    package var file: LocatedText?
    package var columns: [String: LocatedText]
    package var expressions: [LocatedText]?
    package var location: SourceLocation
  }

  /// A number made of sums over points.
  package struct Metric: Sendable {
    package enum Points: Sendable {
      /// Rows of a table.
      case rows(DataSet)
      case places([LocatedText])
      /// The states of the roll-out.
      case rollout(LocatedText)
      /// The rows of coefficients with all variables, or else the domain.
      case open
    }

    package var name: LocatedText
    package var expression: LocatedText
    package var unit: LocatedText
    package var points: Points
    /// Points of each place and integral.
    package var count: Int
  }

  /// Trajectories integrated by learned rates of change.
  package struct Rollout: Sendable {
    package var state: [LocatedText]
    package var rates: [LocatedText]
    /// Which rows, and the columns of variables.
    package var rows: DataSet
    package var time: LocatedText
    package var trajectory: LocatedText
    package var step: Double?
    package var tolerance: Double
  }

  /// What a metric must reach.
  package struct Bounds: Sendable, Equatable {
    package var lower: Double?
    package var upper: Double?
  }

  package var title: String
  package var name: String
  package var seed: UInt64
  /// Whether the rows of data are drawn again with replacement.
  package var drawsRowsAgain: Bool
  package var variables: [Variable]
  /// The domain in the variables other than time, in their order; nil where it is their box.
  package var region: Region?
  /// At most one kind.
  package var groups: [Group]
  /// One for each group of a field that is `per` group.
  package var fields: [Field]
  /// In the order of the file.
  package var constants: [(name: String, value: Double)]
  package var unknowns: [Unknown]
  /// The units of variables, fields, constants and unknowns that have one.
  package var units: [(name: String, unit: LocatedText)]
  package var definitions: [(name: LocatedKey, expression: LocatedText)]
  package var coefficients: [Coefficients]
  package var equations: [Equation]
  package var conditions: [Condition]
  package var energies: [Energy]
  package var dataSets: [DataSet]
  /// Equations to be found.
  package var libraries: [Library]
  package var discovery: Discovery
  package var references: [Reference]
  package var metrics: [Metric]
  package var rollout: Rollout?
  package var sampling: Sampling
  /// The network of the fields that no named network provides.
  package var network: NetworkSettings
  package var namedNetworks: [NamedNetwork]
  /// Weight of each term by name; a term that is not named has weight 1.
  package var weights: [(name: LocatedKey, weight: Double)]
  package var balance: BalanceSettings
  package var pointWeights: PointWeightSettings
  package var constraints: ConstraintSettings
  package var start: StartRule
  /// Whether violated equations are no excuse for fitting noise.
  package var hasExactPhysics: Bool
  /// Whether residuals are divided by their typical sizes.
  package var scalesResiduals: Bool
  package var phases: [PhaseSettings]
  /// Points of the output grid along each variable.
  package var grid: [Int]
  /// Whether `fields.csv` has its rows at the points of the first reference instead of the grid.
  package var writesAtReference: Bool
  package var requirements: [(name: LocatedKey, bounds: Bounds)]
  /// The canonical tree it was read from: what `config.resolved.toml` holds.
  package var resolved: LocatedTable

  /// The paths of the files with coefficients, measurements and rows of conditions.
  package var dataFiles: [String] {
    coefficients.compactMap(\.source.path) + dataSets.compactMap(\.source.path)
      + conditions.compactMap(\.rows?.source.path)
  }

  /// What the loss term of all priors is called.
  package static let priorName = "prior"

  /// The paths of the files that trained fields are compared with.
  package var comparedFiles: [String] {
    var files = references.compactMap(\.file?.text)
    for case .rows(let rows) in metrics.map(\.points) { files += [rows.source.path].compactMap { $0 } }
    return files + [rollout?.rows.source.path].compactMap { $0 }
  }

  /// The names of all loss terms, in the order of the columns of `losses.csv`.
  package var termNames: [String] {
    equations.map(\.name) + conditions.filter { !$0.isHard }.map(\.name) + energies.map(\.name)
      + dataSets.map(\.name) + (unknowns.contains { $0.prior != nil } ? [Experiment.priorName] : [])
  }
}
