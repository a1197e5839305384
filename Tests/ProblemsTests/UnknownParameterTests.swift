import Foundation
import Kernels
import Problems
import Testing

/// One of every form, and some with awkward bounds.
private let forms: [UnknownParameter] = [
  UnknownParameter(name: "linear", guess: 0.5),
  UnknownParameter(name: "linear through zero", guess: 0),
  UnknownParameter(name: "linear below zero", guess: -300),
  UnknownParameter(name: "above", guess: 2, lower: -1),
  UnknownParameter(name: "below", guess: 2, upper: 5),
  UnknownParameter(name: "between", guess: 0.1, lower: -0.1, upper: 0.3),
  UnknownParameter(name: "between far bounds", guess: 1, lower: -1e6, upper: 1e6),
  UnknownParameter(name: "log", guess: 1e-7, isLogarithmic: true),
  UnknownParameter(name: "log above zero", guess: 3, lower: 0, isLogarithmic: true),
  UnknownParameter(name: "log above", guess: 3, lower: 0.5, isLogarithmic: true),
  UnknownParameter(name: "log below", guess: 3, upper: 10, isLogarithmic: true),
  UnknownParameter(name: "log between", guess: 3e-3, lower: 1e-6, upper: 0.3, isLogarithmic: true),
]

@Suite struct UnknownParameterTests {
  @Test(arguments: forms)
  func `the raw number of a value gives the value back`(_ unknown: UnknownParameter) {
    let stream = RandomStream(seed: 3, purpose: unknown.name)
    for place in 0..<200 {
      let value = inside(unknown, stream.uniform(at: UInt64(place)))
      let back = unknown.value(raw: unknown.raw(value)).value
      // Between bounds the error is that of the distance to them.
      let size = max(abs(value), abs(unknown.lower ?? 0), abs(unknown.upper ?? 0))
      #expect(abs(back - value) <= 1e-12 * size, "\(value)")
    }
    let guess = unknown.value(raw: unknown.raw(unknown.guess)).value
    #expect(abs(guess - unknown.guess) <= 1e-9 * abs(unknown.guess))
  }

  @Test(arguments: forms)
  func `slopes equal finite differences`(_ unknown: UnknownParameter) {
    for q in stride(from: -4.0, through: 4, by: 0.37) {
      let h = 1e-5
      let difference = (unknown.value(raw: q + h).value - unknown.value(raw: q - h).value) / (2 * h)
      let (value, slope) = unknown.value(raw: q)
      let size = max(abs(value), abs(unknown.lower ?? 0), abs(unknown.upper ?? 0))
      #expect(abs(slope - difference) <= 1e-9 * (size + abs(slope)), "q = \(q)")
    }
  }

  @Test(arguments: forms)
  func `no raw number leaves the bounds`(_ unknown: UnknownParameter) {
    let stream = RandomStream(seed: 4, purpose: unknown.name)
    var raws = [-1e308, -800, -745, -40, -37, 0, 36.7, 37, 40, 709, 800, 1e308]
    for place in 0..<500 { raws.append(200 * (stream.uniform(at: UInt64(place)) - 0.5)) }
    for q in raws {
      let value = unknown.value(raw: q).value
      #expect(value >= unknown.lower ?? -.infinity && value <= unknown.upper ?? .infinity, "\(value) at \(q)")
      if unknown.isLogarithmic { #expect(value >= 0) }
    }
  }

  @Test func `a linear coefficient moves in units of its guess`() {
    #expect(forms[0].value(raw: 1) == (0.5, 0.5))
    #expect(forms[1].value(raw: 1) == (1, 1))
    #expect(forms[2].raw(-300) == -1)
  }

  @Test func `a logarithmic coefficient between bounds is in their geometric middle at zero`() {
    let unknown = UnknownParameter(name: "k", guess: 2, lower: 1e-4, upper: 1e4, isLogarithmic: true)
    #expect(abs(unknown.value(raw: 0).value - 1) < 1e-12)
    let plain = UnknownParameter(name: "k", guess: 2, lower: 1, upper: 5)
    #expect(plain.value(raw: 0).value == 3)
  }

  /// A value within the bounds, `u` of the way.
  private func inside(_ unknown: UnknownParameter, _ u: Double) -> Double {
    let fraction = 0.001 + 0.998 * u
    switch (unknown.lower, unknown.upper) {
    case (let a?, let b?):
      return unknown.isLogarithmic ? a * pow(b / a, fraction) : a + (b - a) * fraction
    case (let a?, nil): return a + 10 * fraction
    case (nil, let b?): return unknown.isLogarithmic ? b * fraction : b - 10 * fraction
    case (nil, nil): return unknown.isLogarithmic ? exp(20 * (fraction - 0.5)) : 10 * (fraction - 0.5)
    }
  }
}
