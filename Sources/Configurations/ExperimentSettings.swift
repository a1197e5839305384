package import Diagnostics

/// Applies a `--set` to the tree of an experiment.
///
/// A setting that reaches into the phases of a file without `[[optimizer]]` by their number changes the phases that
/// stand in for it.
package func applyToExperiment(setting: String, _ tree: inout LocatedTable) throws(InputFailure) {
  let place = setting.hasPrefix("optimizer") ? setting.dropFirst("optimizer".count) : ""
  let isNumbered = place.first == "[" || place.first == "." && place.dropFirst().first?.isNumber == true
  if isNumbered, tree["optimizer"] == nil { tree.set("optimizer", .array(tree.defaultPhases)) }
  try apply(setting: setting, to: &tree)
}
