/// The candidate nearest to `name` within three edits and half its length, or nil; where half of it differs, the first
/// letter must agree: `ux` may mean `u`, `nu` does not.
///
/// Distance is Damerau–Levenshtein (insertion, deletion, substitution, swap of neighbours) on lower-cased text in
/// which `-`, `_` and blanks are the same character; ties go to the candidate that agrees longest from the start, then
/// to the earlier one.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  let wanted = normalized(name)
  var best: (name: String, distance: Int, prefix: Int)?
  for candidate in candidates {
    let other = normalized(candidate)
    let distance = editDistance(wanted, other)
    let length = max(wanted.count, other.count, 1)
    guard distance <= 3, 2 * distance <= length else { continue }
    let prefix = zip(wanted, other).prefix { $0 == $1 }.count
    if 2 * distance == length, prefix == 0 { continue }
    if let best, (best.distance, -best.prefix) <= (distance, -prefix) { continue }
    best = (candidate, distance, prefix)
  }
  return best?.name
}

private func normalized(_ text: String) -> [Character] {
  text.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 }
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  // Texts of very different length are never within three edits; this also bounds the work on hostile input.
  if abs(a.count - b.count) > 3 { return .max }
  var beforePrevious = [Int](repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  for i in 0..<a.count {
    var current = [i + 1] + [Int](repeating: 0, count: b.count)
    for j in 0..<b.count {
      let substitution = previous[j] + (a[i] == b[j] ? 0 : 1)
      current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, substitution)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        current[j + 1] = min(current[j + 1], beforePrevious[j - 1] + 1)
      }
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.count]
}
