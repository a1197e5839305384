/// Every architecture; the first is the default.
package let architectureCatalogue: [any Architecture.Type] = [
  MultilayerPerceptron.self, ResidualNetwork.self, GatedNetwork.self, PirateNetwork.self,
]

/// The architecture of that name.
package func architecture(named name: String) -> (any Architecture.Type)? {
  architectureCatalogue.first { $0.name == name }
}
