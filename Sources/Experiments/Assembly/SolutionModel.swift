import Autodiff
package import Configurations
package import Diagnostics
package import Networks
import Problems
package import Training

/// What the fields are made of: expressions of network outputs, the networks, the layout of their parameters.
///
/// It needs nothing but the experiment's text, so a trained run can be evaluated where its data files are gone.
package struct SolutionModel: Sendable {
  package var experiment: Experiment
  package var fields: FieldModel
  package var networks: [Network]
  package var layout: ParameterLayout

  /// - Parameter before: the slab of time before this one.
  /// - Throws: everything that is wrong with fields, hard conditions and features, together.
  package init(_ experiment: Experiment, after before: FinishedSlab? = nil) throws(InputFailure) {
    self.experiment = experiment
    var fields = try FieldModel(experiment, after: before)
    var collector = DiagnosticCollector()
    let places = ConditionPlaceReader(experiment, fields)
    var hard = HardConditions()
    for condition in experiment.conditions where condition.isHard {
      _ = collector.attempt { () throws(InputFailure) in try hard.add(condition, places: places, model: &fields) }
    }
    try collector.throwIfAny()
    try hard.build(into: &fields, of: experiment)
    var packing = ParameterPacking()
    networks = []
    for (number, planned) in fields.networks.enumerated() {
      var planned = planned
      planned.settings.features.periodic += hard.periodic.filter { name in
        planned.inputs.contains { fields.region.variables[$0].name == name.text }
      }
      networks += try assembleNetworks(planned, number: number, experiment, fields.region, packing: &packing)
    }
    let unknowns = experiment.unknowns.map { UnknownParameter($0) }
    layout = ParameterLayout(packing: packing, unknowns: unknowns)
    self.fields = fields
  }
}
