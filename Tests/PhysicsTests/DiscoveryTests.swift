import Foundation
import TestSupport
import Testing

/// The experiments of `configs/discovery` that take longer, or have no known answer in full.
///
/// - Checked against: Burgers' equation with viscosity 0.01/π; the form of a mean-field model of vortex shedding, Noack et
///   al. (2003), J. Fluid Mech. 497, 335.
@Suite struct DiscoveryTests {
  private func discovered(_ config: String, timeoutSeconds: Double) async throws -> [String] {
    let path = ShippedConfigs.folder.appending(path: "discovery/\(config)").path
    let outcome = try await BinaryRunner().run(
      ["discover", path, "--out", "run", "--threads", "2", "--quiet"], timeoutSeconds: timeoutSeconds)
    #expect(outcome.status == 0, "\(outcome)")
    return outcome.lines
  }

  @Test func `vortex shedding is an oscillation whose growth and frequency depend on the shift of the mean`()
    async throws
  {
    let lines = try await discovered("wake.toml", timeoutSeconds: 60)
    for (line, own) in zip(lines, ["a1", "a2"]) {
      let terms = Set(line.matches(of: #/\*([a-z0-9*]+)/#).map { String($0.1) })
      #expect(terms == ["a1", "a2", "a1*s", "a2*s"], "\(own): \(line)")
    }
    #expect(lines.count == 3)
    #expect(lines[2].contains("*a1^2") && lines[2].contains("*a2^2") && lines[2].contains("*s"), "\(lines[2])")
  }

  @Test(.tags(.slow), .enabled(if: ProcessInfo.processInfo.environment["PINN_SLOW_TESTS"] != nil))
  func `Burgers' equation is found among ten terms`() async throws {
    let lines = try await discovered("burgers.toml", timeoutSeconds: 900)
    let match = try #require(lines.first?.wholeMatch(of: #/u_t = (\S+)\*u\*u_x \+ (\S+)\*u_xx/#), "\(lines)")
    let (speed, viscosity) = (try #require(Double(match.1)), try #require(Double(match.2)))
    #expect(abs(speed + 1) < 1e-4)
    #expect(abs(viscosity * .pi / 0.01 - 1) < 1e-3)
  }
}
