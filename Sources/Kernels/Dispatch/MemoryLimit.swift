#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many bytes this process may still take, and what sets the limit.
///
/// An allocation that fails ends a Swift program, and the kernel's killer any program: only asking before helps.
package struct MemoryLimit: Sendable, Equatable {
  package var bytes: Int
  /// "the memory of the machine", "the control group", …
  package var source: String

  package init(bytes: Int, source: String) {
    self.bytes = bytes
    self.source = source
  }

  /// The least of what the machine has to give, the control group leaves, and the limits on the address space and on data
  /// (`ulimit -v`, `-d`) leave; nil where the system tells none of them.
  package static var current: MemoryLimit? {
    let status = kernelText("/proc/self/status").map(kilobytes) ?? [:]
    var limits: [MemoryLimit] = []
    if let machine = kernelText("/proc/meminfo").map(kilobytes)?["MemAvailable"] {
      limits.append(MemoryLimit(bytes: machine, source: "the memory of the machine"))
    }
    if let group = controlGroup() { limits.append(MemoryLimit(bytes: group, source: "the control group")) }
    #if os(Linux)
      for (kind, used, source) in [
        (RLIMIT_AS, status["VmSize"], "the limit on the address space (ulimit -v)"),
        (RLIMIT_DATA, status["VmData"], "the limit on data (ulimit -d)"),
      ] {
        var limit = rlimit()
        #if canImport(Glibc)
          let failed = getrlimit(__rlimit_resource_t(kind.rawValue), &limit)
        #else
          let failed = getrlimit(kind, &limit)
        #endif
        if failed == 0, limit.rlim_cur < rlim_t(Int.max) {
          limits.append(MemoryLimit(bytes: Int(limit.rlim_cur) - (used ?? 0), source: source))
        }
      }
    #endif
    return limits.min { $0.bytes < $1.bytes }.map { MemoryLimit(bytes: max(0, $0.bytes), source: $0.source) }
  }

  /// What the control group of version 2 or 1 leaves; files that are kept in memory are given back when asked for.
  private static func controlGroup() -> Int? {
    for (folder, limit, usage, file) in [
      ("/sys/fs/cgroup", "memory.max", "memory.current", "file "),
      ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "cache "),
    ] {
      guard let most = kernelText("\(folder)/\(limit)").flatMap(number), most < 1 << 60,
        let used = kernelText("\(folder)/\(usage)").flatMap(number)
      else { continue }
      let lines = kernelText("\(folder)/memory.stat")?.split(separator: "\n") ?? []
      let kept = lines.first { $0.hasPrefix(file) }.flatMap { Int($0.dropFirst(file.count)) } ?? 0
      return most - used + kept
    }
    return nil
  }

  private static func number(_ text: String) -> Int? { Int(text.filter { !$0.isWhitespace }) }

  /// The lines `Name:   1234 kB` of a file of the kernel's, in bytes.
  package static func kilobytes(_ text: String) -> [String: Int] {
    var values: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split { $0 == ":" || $0.isWhitespace }
      if words.count == 3, words[2] == "kB", let value = Int(words[1]) { values[String(words[0])] = value * 1024 }
    }
    return values
  }
}
