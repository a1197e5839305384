/// What a unit word is worth: a multiple of powers of base units.
struct UnitDefinition: Sendable {
  var size: Double
  var powers: [String: Rational]
}

/// The units that are known by name, in terms of the SI's base units m, kg, s, A, K, mol, cd.
///
/// - Source: BIPM, The International System of Units, 9th edition (2019), tables 2 to 8.
private let unitCatalogue: [String: UnitDefinition] = {
  var units: [String: UnitDefinition] = [:]
  func add(_ names: String, _ size: Double, _ powers: [String: Rational]) {
    for name in names.split(separator: " ") { units[String(name)] = UnitDefinition(size: size, powers: powers) }
  }
  for base in ["m", "s", "A", "K", "mol", "cd"] { add(base, 1, [base: 1]) }
  add("g", 1e-3, ["kg": 1])
  add("rad sr", 1, [:])
  add("deg °", .pi / 180, [:])
  add("%", 0.01, [:])
  add("Hz Bq", 1, ["s": -1])
  add("N", 1, ["kg": 1, "m": 1, "s": -2])
  add("Pa", 1, ["kg": 1, "m": -1, "s": -2])
  add("J", 1, ["kg": 1, "m": 2, "s": -2])
  add("W", 1, ["kg": 1, "m": 2, "s": -3])
  add("C", 1, ["A": 1, "s": 1])
  add("V", 1, ["kg": 1, "m": 2, "s": -3, "A": -1])
  add("F", 1, ["kg": -1, "m": -2, "s": 4, "A": 2])
  add("Ohm ohm Ω", 1, ["kg": 1, "m": 2, "s": -3, "A": -2])
  add("S", 1, ["kg": -1, "m": -2, "s": 3, "A": 2])
  add("Wb", 1, ["kg": 1, "m": 2, "s": -2, "A": -1])
  add("T", 1, ["kg": 1, "s": -2, "A": -1])
  add("H", 1, ["kg": 1, "m": 2, "s": -2, "A": -2])
  add("lm", 1, ["cd": 1])
  add("lx", 1, ["cd": 1, "m": -2])
  add("Gy Sv", 1, ["m": 2, "s": -2])
  add("kat", 1, ["mol": 1, "s": -1])
  add("min", 60, ["s": 1])
  add("h", 3600, ["s": 1])
  add("d day days", 86_400, ["s": 1])
  // The Julian year, as astronomy counts.
  add("yr year years", 31_557_600, ["s": 1])
  add("L l", 1e-3, ["m": 3])
  add("t", 1000, ["kg": 1])
  add("u Da", 1.660_539_066_60e-27, ["kg": 1])
  add("eV", 1.602_176_634e-19, ["kg": 1, "m": 2, "s": -2])
  add("cal", 4.184, ["kg": 1, "m": 2, "s": -2])
  add("bar", 1e5, ["kg": 1, "m": -1, "s": -2])
  add("atm", 101_325, ["kg": 1, "m": -1, "s": -2])
  add("mmHg", 133.322_387_415, ["kg": 1, "m": -1, "s": -2])
  add("Å", 1e-10, ["m": 1])
  add("P", 0.1, ["kg": 1, "m": -1, "s": -1])
  // Molar: moles in a litre.
  add("M", 1000, ["mol": 1, "m": -3])
  return units
}()

private let unitPrefixes: [(name: String, size: Double)] = [
  ("da", 10), ("Y", 1e24), ("Z", 1e21), ("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3),
  ("h", 1e2), ("d", 1e-1), ("c", 1e-2), ("m", 1e-3), ("µ", 1e-6), ("μ", 1e-6), ("u", 1e-6), ("n", 1e-9), ("p", 1e-12),
  ("f", 1e-15), ("a", 1e-18),
]

/// Units that take no prefix: "md" is no thousandth of a day.
private let unprefixed: Set<String> = [
  "deg", "°", "%", "min", "h", "d", "day", "days", "yr", "year", "years", "atm", "mmHg", "Å",
]

/// A word of a unit: one of the catalogue, or one of these with a prefix; nil where it is neither.
func definition(ofUnit word: String) -> UnitDefinition? {
  if let known = unitCatalogue[word] { return known }
  for prefix in unitPrefixes where word.hasPrefix(prefix.name) {
    let rest = String(word.dropFirst(prefix.name.count))
    if let known = unitCatalogue[rest], !unprefixed.contains(rest) {
      return UnitDefinition(size: prefix.size * known.size, powers: known.powers)
    }
  }
  return nil
}
