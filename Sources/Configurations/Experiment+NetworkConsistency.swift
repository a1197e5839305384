import Diagnostics
import Networks

extension Experiment {
  /// What is wrong between the keys of a network.
  ///
  /// - Parameters: `inputs` are names of variables, each of which is `what`.
  func checkArchitecture(
    _ settings: NetworkSettings, _ table: LocatedTable, _ inputs: [String], _ what: String, _ report: Report
  ) {
    /// Whether the name is that of an input; reports where it is not.
    @discardableResult
    func check(_ name: String, _ place: String, _ location: SourceLocation?) -> Bool {
      if inputs.contains(name) { return true }
      let near = nearestName(to: name, among: inputs)
      report(
        "'\(name)' in \(place) is not \(what)", location,
        near.map { "did you mean '\($0)'?" } ?? "choices are \(inputs.joined(separator: ", "))")
      return false
    }
    if let objection = settings.architecture.objection(to: settings.hidden) {
      report(objection, table["hidden"]?.location, nil)
    }
    for variable in settings.features.fourier.compactMap(\.variables).joined() {
      check(variable.text, "'variables' of 'fourier'", variable.location)
    }
    guard let symmetry = settings.symmetry else { return }
    var places: [String: String] = [:]
    func take(_ name: String, _ key: String, _ location: SourceLocation?) {
      guard check(name, "'\(key)' of 'symmetry'", location) else { return }
      if let other = places[name] {
        report("'\(name)' takes part in two symmetries, '\(other)' and '\(key)'", location, nil)
      }
      places[name] = key
    }
    for (name, _) in symmetry.even { take(name.name, "even", name.location) }
    for (name, _) in symmetry.odd { take(name.name, "odd", name.location) }
    for name in symmetry.exchange { take(name.text, "exchange", name.location) }
    if let rotation = symmetry.rotation {
      for (name, _) in rotation.about { take(name.name, "rotation", name.location) }
      let place = table.tableIfPresent("symmetry")?.tableIfPresent("rotation")?["about"]?.location
      let count = rotation.about.count
      if count < 2 {
        report("a rotation needs two variables or more, found \(count)", place, "about = { x = 0, y = 0 }")
      } else if count > 2, let order = rotation.order {
        report(
          "a rotation of order \(order) needs two variables, found \(count)", place,
          "without 'order' the network does not change under any rotation")
      }
    }
    for variable in settings.features.periodic {
      if let key = places[variable.text] {
        report("'\(variable.text)' is periodic and takes part in the symmetry '\(key)'", variable.location, nil)
      }
    }
    if let first = settings.features.expressions?.first, !places.isEmpty {
      report(
        "'expressions' and 'symmetry' both say what the network is given", first.location,
        "symmetric expressions make a symmetric network: features = [\"x^2\"] is even in x")
    }
  }
}
