// swift-tools-version: 6.2
import PackageDescription

/// One source folder, `Sources/Kernels/Portable`, is compiled once for each instruction set: the other targets hold a
/// link to it, and the program picks one at start (docs/decisions/0002-instruction-sets.md).
#if arch(x86_64)
  let instructionSets = ["KernelsV3": "x86-64-v3", "KernelsV4": "x86-64-v4"]
  let portableDefines: [SwiftSetting] = []
#else
  let instructionSets: [String: String] = [:]
  // Every arm64 processor has a fused multiply-add.
  let portableDefines: [SwiftSetting] = [.define("FUSED_MULTIPLY_ADD")]
#endif

var kernelTargets: [Target] = [
  .target(name: "KernelInterface", path: "Sources/Kernels/Interface"),
  .systemLibrary(name: "CPUFeatures", path: "Sources/Kernels/CPUFeatures"),
  .target(
    name: "KernelsPortable",
    dependencies: ["KernelInterface", .product(name: "RealModule", package: "swift-numerics")],
    path: "Sources/Kernels/Portable", swiftSettings: portableDefines),
  .target(
    name: "KernelsReference",
    dependencies: ["KernelInterface", .product(name: "RealModule", package: "swift-numerics")],
    path: "Sources/Kernels/Reference"),
]
for (name, architecture) in instructionSets.sorted(by: { $0.key < $1.key }) {
  kernelTargets.append(
    .target(
      name: name, dependencies: ["KernelInterface", .product(name: "RealModule", package: "swift-numerics")],
      path: "Sources/Kernels/\(name.dropFirst("Kernels".count))",
      swiftSettings: [
        .define("FUSED_MULTIPLY_ADD")
      ] + (name == "KernelsV4" ? [.define("WIDE_REGISTERS")] : []) + [
        .unsafeFlags(["-Xcc", "-march=\(architecture)"])
      ]))
}

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["TestSupport"])
}

let package = Package(
  name: "pinn",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "pinn", targets: ["pinn"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftcsv/SwiftCSV", exact: "0.10.0"),
    .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
    .package(url: "https://github.com/ordo-one/TextTable", exact: "0.0.2"),
  ],
  targets: kernelTargets + [
    module("Diagnostics", []),
    module("Hashing", []),
    .target(
      name: "Kernels",
      dependencies: ["KernelInterface", "CPUFeatures", "KernelsPortable"]
        + instructionSets.keys.sorted().map { .byName(name: $0) },
      path: "Sources/Kernels/Dispatch"),
    module("LinearAlgebra", ["KernelInterface", "Kernels"]),
    module("Autodiff", ["KernelInterface", "Kernels", .product(name: "RealModule", package: "swift-numerics")]),
    module(
      "Networks",
      [
        "Autodiff", "Expressions", "KernelInterface", "Kernels",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    module(
      "Expressions",
      [
        "Autodiff", "Diagnostics", "KernelInterface", "Kernels",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    module("Problems", ["Autodiff", "Diagnostics", "Expressions", "KernelInterface", "Kernels"]),
    module(
      "Training",
      [
        "Autodiff", "Diagnostics", "Expressions", "Hashing", "KernelInterface", "Kernels", "LinearAlgebra", "Networks",
        "Problems",
      ]),
    module("Tables", ["Diagnostics", "Hashing", .product(name: "SwiftCSV", package: "SwiftCSV")]),
    module(
      "Configurations",
      [
        "Diagnostics", "Expressions", "KernelInterface", "Networks", "Problems", "Training",
        .product(name: "TOMLKit", package: "TOMLKit"), .product(name: "Yams", package: "Yams"),
      ]),
    module(
      "Experiments",
      [
        "Autodiff", "Configurations", "Diagnostics", "Expressions", "Hashing", "KernelInterface", "Kernels", "Networks",
        "Problems", "Tables",
        "Training",
      ]),
    .executableTarget(
      name: "pinn",
      dependencies: [
        "Configurations", "Diagnostics", "Experiments", "Kernels", "Tables", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Rainbow", package: "Rainbow"),
        .product(name: "TextTable", package: "TextTable"),
      ]),
    .target(
      name: "TestSupport",
      dependencies: [
        "Autodiff", "Configurations", "Diagnostics", "Experiments", "Expressions", "Hashing", "KernelInterface",
        "Kernels", "Networks", "Problems", "Tables", "Training",
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      path: "Tests/TestSupport"),
    tests("DiagnosticsTests", ["Diagnostics"]),
    tests("HashingTests", ["Hashing"]),
    tests(
      "KernelsTests",
      [
        "Autodiff", "KernelInterface", "Kernels", "KernelsReference",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    tests("LinearAlgebraTests", ["LinearAlgebra", "KernelInterface", "Kernels"]),
    tests(
      "AutodiffTests",
      ["Autodiff", "KernelInterface", "Kernels", .product(name: "RealModule", package: "swift-numerics")]),
    tests("NetworksTests", ["Networks", "Autodiff", "Expressions", "KernelInterface", "Kernels"]),
    tests("ExpressionsTests", ["Expressions", "Autodiff", "Diagnostics", "KernelInterface", "Kernels"]),
    tests("ProblemsTests", ["Problems", "Expressions", "Diagnostics", "Kernels"]),
    tests(
      "TrainingTests",
      [
        "Training", "Problems", "Networks", "Expressions", "Autodiff", "Configurations", "Diagnostics", "Experiments",
        "Hashing", "KernelInterface", "Kernels", "LinearAlgebra",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    tests("TablesTests", ["Tables", "Diagnostics", "Hashing"]),
    tests("ConfigurationsTests", ["Configurations", "Diagnostics", "KernelInterface", "Networks", "Training"]),
    tests(
      "ExperimentsTests",
      [
        "Experiments", "Autodiff", "Configurations", "Diagnostics", "Expressions", "Hashing", "KernelInterface",
        "Kernels", "Networks", "Problems", "Tables", "Training",
      ]),
    tests("InputTests", []),
    tests("CommandTests", ["Hashing", "Kernels", "Tables"]),
    tests("PhysicsTests", ["Tables"]),
  ],
  swiftLanguageModes: [.v6]
)

/// The driver of `make fuzz`, which links libFuzzer: built only where that is asked for, with `-sanitize=fuzzer`.
if Context.environment["PINN_FUZZ"] != nil {
  package.targets += [
    .systemLibrary(name: "FuzzRuntime", path: "Tests/Fuzz/Runtime"),
    .executableTarget(name: "pinn-fuzz", dependencies: ["FuzzRuntime", "TestSupport"], path: "Tests/Fuzz/Driver"),
  ]
}

/// Every target of ours is compiled with the same settings.
for target in package.targets where target.type != .system {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .treatAllWarnings(as: .error),
    ]
}
