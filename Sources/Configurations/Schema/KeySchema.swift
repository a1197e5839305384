/// What a value of a configuration may be.
///
/// One description serves the strict reading of files, the resolved file with every default, the key tables of the
/// documentation, the schema for editors and the messages about unknown keys.
package indirect enum ValueType: Sendable {
  /// A number, or text that evaluates to one ("0.01/pi"), within the bounds.
  case number(ClosedRange<Double>)
  /// A whole number; a float is refused even where it is integral.
  case integer(ClosedRange<Int>)
  case boolean
  /// Any text.
  case text
  /// One of the words.
  case word([String])
  /// Text in the equation language; a plain number counts as such text.
  case expression
  /// A file, relative to the folder of the configuration.
  case path
  /// Values of one type; `single` lets one value stand for a list of one.
  case list(ValueType, count: ClosedRange<Int>, single: Bool)
  /// A table of known keys; with `shorthand` a value that is no table stands for a table of that one key.
  case section(SectionSchema, shorthand: String?)
  /// A table whose keys are names of the user's.
  case map(ValueType)
}

/// What stands in for a key that is not given.
package enum DefaultValue: Sendable {
  case required
  /// The key stays absent; the text says what that means.
  case absent(String)
  /// A literal of TOML.
  case literal(String)
  /// Computed from other keys; the text says how.
  case derived(String)
}

package struct KeySchema: Sendable {
  package var name: String
  package var type: ValueType
  package var fallback: DefaultValue
  package var summary: String
  /// How it is used: the inside of a table in braces that sets this key, and others that it makes no sense without.
  package var example: String

  init(_ name: String, _ type: ValueType, _ fallback: DefaultValue, _ summary: String, example: String) {
    self.name = name
    self.type = type
    self.fallback = fallback
    self.summary = summary
    self.example = example
  }
}

package struct SectionSchema: Sendable {
  /// As messages call it: "[network]", "[[optimizer]]", "an entry of [unknowns]".
  package var title: String
  package var summary: String
  /// Those of `base` last.
  package var keys: [KeySchema]
  /// The section that has some of these keys too and is the place to look them up.
  package var base: String?
  /// The keys that are this section's alone.
  package var ownKeys: ArraySlice<KeySchema>

  init(title: String, summary: String, keys: [KeySchema], base: SectionSchema? = nil) {
    self.title = title
    self.summary = summary
    self.keys = keys + (base?.keys ?? [])
    self.base = base?.title
    ownKeys = self.keys.prefix(keys.count)
  }

  package func key(_ name: String) -> KeySchema? { keys.first { $0.name == name } }
}
