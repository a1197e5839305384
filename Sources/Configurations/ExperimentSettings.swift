package import Diagnostics

/// Applies a `--set` to the tree of an experiment.
///
/// A setting that reaches into the phases of a file without `[[optimizer]]` changes the phases that stand in for it.
package func applyToExperiment(setting: String, _ tree: inout LocatedTable) throws(InputFailure) {
  let reachesIntoPhases = setting.hasPrefix("optimizer.") || setting.hasPrefix("optimizer[")
  if reachesIntoPhases, tree["optimizer"] == nil { tree.set("optimizer", .array(tree.defaultPhases)) }
  try apply(setting: setting, to: &tree)
}
