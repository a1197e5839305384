import Configurations
import Diagnostics

/// The smallest experiment, to which tests add what they are about.
let smallest = """
  variables = { x = [0, 1] }
  fields = { u = {} }
  equation = { expr = "u_x = u" }

  """

func decoded(
  _ text: String, baseDirectory: String = "/base", defaultName: String = "file"
) throws(InputFailure) -> Experiment {
  try Experiment(from: read(text), baseDirectory: baseDirectory, defaultName: defaultName)
}

/// What is wrong with an experiment, empty where nothing is.
func complaints(decoding text: String) -> [Diagnostic] {
  do throws(InputFailure) {
    _ = try decoded(text)
    return []
  } catch {
    return error.diagnostics
  }
}

/// The one thing that is wrong with a marked text, if it is at the mark.
func complaint(at marked: String, _ comment: (String) -> Void) -> Diagnostic? {
  let text = MarkedText(marked)
  let found = complaints(decoding: text.text)
  guard found.count == 1, let only = found.first else {
    comment("expected one message, found \(found.map(\.message))")
    return nil
  }
  if only.location?.line != text.line || only.location?.column != text.column {
    comment(
      "expected \(text.line):\(text.column), found \(only.location?.line ?? 0):\(only.location?.column ?? 0): \(only.message)"
    )
  }
  return only
}
