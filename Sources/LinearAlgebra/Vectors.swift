/// aᵀb.
package func dot(_ a: [Double], _ b: [Double]) -> Double {
  // Four sums keep four multiply-adds in flight; the order is fixed, so the bits are too.
  precondition(a.count == b.count, "\(a.count) against \(b.count) numbers")
  let (first, second) = (a.span, b.span)
  var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
  var place = 0
  while place + 4 <= first.count {
    s0 += first[place] * second[place]
    s1 += first[place + 1] * second[place + 1]
    s2 += first[place + 2] * second[place + 2]
    s3 += first[place + 3] * second[place + 3]
    place += 4
  }
  while place < first.count {
    s0 += first[place] * second[place]
    place += 1
  }
  return (s0 + s1) + (s2 + s3)
}

/// ‖a‖.
package func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

/// y ← y + s x.
package func accumulate(_ y: inout [Double], _ s: Double, _ x: [Double]) {
  precondition(y.count == x.count, "\(y.count) against \(x.count) numbers")
  for place in y.indices { y[place] += s * x[place] }
}
