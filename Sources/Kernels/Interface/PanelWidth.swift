extension KernelTable {
  /// The columns of a tall matrix are packed in panels of this many: panel p is `[row][panelWidth]`, row-major, with
  /// columns p·panelWidth and following, zeros after the last one.
  ///
  /// Three AVX-512 registers: a product that takes eight columns of one panel and all of another fills 24 of 32
  /// registers with sums and needs 11 loads for 24 multiplications. It is one number for all instruction sets, which
  /// cut the same panels into smaller register tiles, so that nothing outside the kernels depends on the set.
  package static var panelWidth: Int { 24 }
}
