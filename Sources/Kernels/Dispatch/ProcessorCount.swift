#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many processors this process may use, as opposed to how many there are.
package enum ProcessorCount {
  /// The smaller of the affinity mask and the cgroup's quota (rounded up), at least 1; read once.
  package static let allowed: Int = {
    var count = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    if let status = kernelText("/proc/self/status"), let mask = affinity(fromStatus: status) {
      count = min(count, mask)
    }
    if let quota = cgroupQuota() { count = min(count, quota) }
    return max(1, count)
  }()

  /// The number of processors in the line `Cpus_allowed_list:  0-3,8` of `/proc/self/status`.
  package static func affinity(fromStatus status: String) -> Int? {
    for line in status.split(separator: "\n") where line.hasPrefix("Cpus_allowed_list:") {
      var count = 0
      for range in line.dropFirst("Cpus_allowed_list:".count).split(separator: ",") {
        let ends = range.filter { !$0.isWhitespace }.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = Int(ends[0]), let last = Int(ends[ends.count - 1]), last >= first else {
          return nil
        }
        count += last - first + 1
      }
      return count > 0 ? count : nil
    }
    return nil
  }

  /// Quota over period of cgroup v2 (`cpu.max`, "max 100000" is none) or v1, rounded up.
  private static func cgroupQuota() -> Int? {
    if let line = kernelText("/sys/fs/cgroup/cpu.max") {
      let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      if numbers.count == 2, numbers[1] > 0 { return (numbers[0] + numbers[1] - 1) / numbers[1] }
    }
    if let quota = kernelText("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").flatMap(number),
      let period = kernelText("/sys/fs/cgroup/cpu/cpu.cfs_period_us").flatMap(number), quota > 0, period > 0
    {
      return (quota + period - 1) / period
    }
    return nil
  }

  private static func number(_ text: String) -> Int? { Int(text.filter { !$0.isWhitespace }) }
}

/// The first 16 kB of a file of the kernel's, or nil.
func kernelText(_ path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 16_384)
  let count = read(file, &bytes, bytes.count)
  return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
}
