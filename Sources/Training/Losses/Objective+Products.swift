import Kernels
import LinearAlgebra

extension Objective {
  /// Makes the rows of J at θ for products, and Jᵀρ. Hot path.
  ///
  /// Where J is too large to be kept, its rows are made again for every product. That takes what a gradient takes and the
  /// writing and reading of the rows; a tangent that runs forward through the network would take less, and would have to
  /// be made for every operation.
  ///
  /// - Shapes: `gradient` holds at most `order` numbers: so many parameters count.
  /// - Returns: the sum of the squares of the entries of J for these parameters.
  /// - Precondition: the equations have the form `products` and were made for this objective.
  package func linearize(_ theta: [Double], into equations: NormalEquations, gradient: inout [Double]) -> Double {
    guard let product = equations.product else { preconditionFailure("equations for sums asked for products") }
    product.begin(unit: equations.order)
    product.beginDiagonal()
    equations.point = theta
    beginRows(theta)
    packRowsInBatches(equations) {
      product.add(equations.rows, in: $0)
      product.addDiagonal(equations.rows, in: $0)
    }
    copyProduct(product, to: &gradient)
    return product.trace(gradient.count)
  }

  /// JᵀJV with the J of the last `linearize`. Hot path.
  ///
  /// - Shapes: `vectors` and `result` are `[vector][parameter]`, `count` vectors of equal length.
  package func multiplySquares(
    _ vectors: [Double], count: Int, with equations: NormalEquations, to result: inout [Double]
  ) {
    precondition(vectors.count == result.count, "\(vectors.count) and \(result.count) numbers")
    guard let product = equations.product else { preconditionFailure("equations for sums asked for products") }
    let length = vectors.count / max(1, count)
    result.withUnsafeMutableBufferPointer { result in
      vectors.withUnsafeBufferPointer { vectors in
        guard let source = vectors.baseAddress, let target = result.baseAddress else { return }
        for first in stride(from: 0, to: count, by: product.mostVectors) {
          let slice = min(product.mostVectors, count - first)
          // SAFETY: so many vectors are left at both places.
          product.begin(source + first * length, length: length, count: slice)
          forEachBatch(equations) { places, _ in product.add(equations.rows, in: places) }
          for vector in 0..<slice {
            product.copyProduct(vector, count: length, to: target + (first + vector) * length)
          }
        }
      }
    }
  }

  /// The first entries of Jᵀw with the J of the last `linearize`. Hot path.
  ///
  /// - Shapes: `w` holds a number for each residual, in the order of `evaluate`.
  package func multiplyTransposed(_ w: [Double], with equations: NormalEquations, to result: inout [Double]) {
    precondition(w.count == residualCount, "\(w.count) numbers for \(residualCount) residuals")
    guard let product = equations.product else { preconditionFailure("equations for sums asked for products") }
    product.begin()
    w.withUnsafeBufferPointer { w in
      guard let base = w.baseAddress else { return }
      // SAFETY: the rows of all batches are as many as the residuals.
      forEachBatch(equations) { places, first in
        product.addTransposed(equations.rows, in: places, times: base + first)
      }
    }
    copyProduct(product, to: &result)
  }

  /// Goes through the rows of the last `linearize`: places in `rows`, and the number of the first of them among all.
  private func forEachBatch(_ equations: NormalEquations, _ body: (_ places: Range<Int>, _ first: Int) -> Void) {
    if equations.keepsRows {
      body(0..<residualCount, 0)
      return
    }
    beginRows(equations.point)
    var first = 0
    packRowsInBatches(equations) {
      body($0, first)
      first += $0.count
    }
  }

  private func copyProduct(_ product: GramProduct, to result: inout [Double]) {
    let count = result.count
    result.withUnsafeMutableBufferPointer { result in
      // SAFETY: as many places as are asked for.
      if let base = result.baseAddress { product.copyProduct(0, count: count, to: base) }
    }
  }
}

extension NormalEquations {
  /// Numbers that equations for products keep in memory.
  package static func productNumbers(parameters: Int, residuals: Int) -> Int {
    let columns = parameters + 1
    // A batch has a few rows more than it aims at where a chunk does not fit.
    let rows = residuals * columns <= mostKeptNumbers ? residuals : min(residuals, 2 * batchRows)
    return rows * (columns + 24)
      + GramProduct.memoryNumbers(columnCount: columns, mostRows: rows, mostVectors: vectorsAtATime)
  }
}
