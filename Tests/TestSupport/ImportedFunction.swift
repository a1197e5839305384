#if canImport(Glibc) && (arch(x86_64) || arch(arm64))
  import Glibc

  /// Functions that the program and its libraries import from other libraries.
  ///
  /// Every loaded object holds the addresses of what it imports in a table of its own, which the loader fills. These
  /// tables can be written to while the program runs; what a library calls within itself stays as it is.
  enum ImportedFunction {
    /// The function that a name is bound to.
    static func address(_ name: String) -> UnsafeMutableRawPointer? { dlsym(dlopen(nil, RTLD_NOW), name) }

    /// Has all objects that are loaded now call `replacement`.
    ///
    /// - Returns: in how many places.
    static func replace(_ name: String, by replacement: UnsafeRawPointer) -> Int {
      // SAFETY: glibc's handle of an object is its `link_map`: base address, name, dynamic section, next one.
      var object = dlopen(nil, RTLD_NOW).map { UnsafeRawPointer($0) }
      var places = 0
      while let map = object {
        let base = map.load(as: UInt.self)
        if let dynamic = map.load(fromByteOffset: 16, as: UnsafeRawPointer?.self) {
          places += replace(name, by: replacement, base: base, dynamic: dynamic)
        }
        object = map.load(fromByteOffset: 24, as: UnsafeRawPointer?.self)
      }
      return places
    }

    private static func replace(
      _ name: String, by replacement: UnsafeRawPointer, base: UInt, dynamic: UnsafeRawPointer
    ) -> Int {
      // SAFETY: here and below the layouts of the ELF format with 64 bits. The section is a list of tags and values.
      var values: [Int: UInt] = [:]
      var entry = dynamic
      while entry.load(as: Int.self) != 0 {
        values[entry.load(as: Int.self)] = entry.load(fromByteOffset: 8, as: UInt.self)
        entry += 16
      }
      /// The loader has made most addresses absolute, but not those of the system's own object.
      func pointer(_ tag: Int) -> UnsafeRawPointer? {
        values[tag].flatMap { UnsafeRawPointer(bitPattern: $0 < base ? base + $0 : $0) }
      }
      guard let strings = pointer(5), let symbols = pointer(6) else { return 0 }
      var places = 0
      // Imports bound at the first call, and those bound at the start: where, and how many bytes.
      for (start, size) in [(pointer(23), values[2]), (pointer(7), values[8])] {
        guard let start, let size else { continue }
        for offset in stride(from: 0, to: Int(size), by: 24) {
          let info = start.load(fromByteOffset: offset + 8, as: UInt.self)
          // R_X86_64_GLOB_DAT and _JUMP_SLOT, R_AARCH64_GLOB_DAT and _JUMP_SLOT.
          guard [6, 7, 1025, 1026].contains(info & 0xffff_ffff) else { continue }
          let symbol = symbols + 24 * Int(info >> 32)
          let text = (strings + Int(symbol.load(as: UInt32.self))).assumingMemoryBound(to: CChar.self)
          guard strcmp(text, name) == 0 else { continue }
          let place = UnsafeMutableRawPointer(bitPattern: base + start.load(fromByteOffset: offset, as: UInt.self))
          guard let place, makeWritable(place) else { continue }
          // One store of a word: a thread that calls just now finds the old function or the new one.
          place.storeBytes(of: UInt(bitPattern: replacement), as: UInt.self)
          places += 1
        }
      }
      return places
    }

    private static func makeWritable(_ place: UnsafeMutableRawPointer) -> Bool {
      let size = UInt(sysconf(Int32(_SC_PAGESIZE)))
      let page = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: place) & ~(size - 1))
      return mprotect(page, Int(size), PROT_READ | PROT_WRITE) == 0
    }
  }
#endif
