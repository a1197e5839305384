/// The complete state of a training run as named vectors and texts.
///
/// It is data alone: nothing in it is code, or the name of a type. Its binary form is in `Checkpoint+Bytes`.
package struct Checkpoint: Sendable, Equatable {
  package var vectors: [String: [Double]]
  package var texts: [String: String]

  package init(vectors: [String: [Double]] = [:], texts: [String: String] = [:]) {
    self.vectors = vectors
    self.texts = texts
  }
}
