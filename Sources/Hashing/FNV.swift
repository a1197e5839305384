/// FNV-1a, 64 bits: every step is a bijection, so that no single change goes unseen. For short names; what must not be
/// forged or damaged unseen has a `SHA256`.
///
/// - Source: Fowler, Noll & Vo, draft-eastlake-fnv.
package func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return hash
}
