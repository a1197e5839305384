/// All samplers, in the order in which they are listed.
package let samplerCatalogue: [any Sampler.Type] = [
  SobolSampler.self,
  HaltonSampler.self,
  HammersleySampler.self,
  LatinHypercubeSampler.self,
  UniformSampler.self,
  GridSampler.self,
]

/// The names of all samplers, for lists and for finding the nearest to a misspelt one.
package let samplerNames: [String] = samplerCatalogue.map { $0.name }

/// The sampler of that name with its defaults, or nil.
package func sampler(named name: String) -> (any Sampler)? {
  samplerCatalogue.first { $0.name == name }?.init()
}
