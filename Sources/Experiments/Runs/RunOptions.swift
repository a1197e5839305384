package import Kernels
package import Tables
package import Training

/// How a run is carried out, as opposed to what is computed: nothing here changes a result but where it is stopped.
package struct RunOptions: Sendable {
  /// Folder of the run; nil for `runs/<name>-<hash>` in the current one.
  package var folder: String?
  /// The folder that `folder` starts from, below which no symbolic link is followed; nil where the path is the user's.
  package var parent: Folder?
  package var threads: Int
  package var instructionSet: InstructionSet
  /// Whether an earlier run in the same folder is taken up where it stopped.
  package var resumes: Bool
  /// Whether a run is taken up though keys of its configuration differ that nothing computed so far depends on.
  package var allowsChanges: Bool
  /// Whether a run is taken up though its `losses.csv` was changed, which is then kept under another name.
  package var startsNewPart: Bool
  /// The most seconds this run may take, by the monotonic clock; nil for no limit.
  package var maxSeconds: Double?
  /// Seconds between two checkpoints.
  package var checkpointSeconds: Double
  /// What a run may take; nil to try whatever it needs.
  package var memory: MemoryLimit?
  /// A reason to stop now, or nil; asked after every iteration.
  package var stopRequest: @Sendable () -> String?
  /// How often a checkpoint was asked for so far; asked after every iteration.
  package var checkpointRequests: @Sendable () -> Int
  /// Told about every iteration.
  package var progress: @Sendable (Progress) -> Void
  /// Told what the user should know.
  package var note: @Sendable (String) -> Void
  /// Through which the folder is written.
  package var fileSystem: any FileSystem

  package init(
    folder: String? = nil, parent: Folder? = nil, threads: Int, instructionSet: InstructionSet = .best,
    resumes: Bool = false, allowsChanges: Bool = false, startsNewPart: Bool = false, maxSeconds: Double? = nil,
    checkpointSeconds: Double = 30, memory: MemoryLimit? = nil, fileSystem: any FileSystem = SystemFileSystem(),
    stopRequest: @escaping @Sendable () -> String? = { nil },
    checkpointRequests: @escaping @Sendable () -> Int = { 0 },
    progress: @escaping @Sendable (Progress) -> Void = { _ in }, note: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.folder = folder
    self.parent = parent
    self.threads = threads
    self.instructionSet = instructionSet
    self.resumes = resumes
    self.allowsChanges = allowsChanges
    self.startsNewPart = startsNewPart
    self.maxSeconds = maxSeconds
    self.checkpointSeconds = checkpointSeconds
    self.memory = memory
    self.fileSystem = fileSystem
    self.stopRequest = stopRequest
    self.checkpointRequests = checkpointRequests
    self.progress = progress
    self.note = note
  }
}

/// What is told after an iteration.
package enum Progress: Sendable {
  case began(folder: String, parameters: Int, residuals: Int, terms: [String], unknowns: [String], phases: [String])
  case iterated(LossRow, iterationsInPhase: Int, seconds: Double)
  case endedPhase(Int, PhaseEnd)
  /// So many points of the profile of an unknown are known; the last, and what its deviance has to pass.
  case profiled(unknown: String, value: Double, deviance: Double, limit: Double, count: Int)
}

/// How a run ended.
package enum RunStatus: String, Sendable {
  case finished, stopped, diverged
}

/// What a run came to.
package struct RunReport: Sendable {
  package var folder: String
  package var status: RunStatus
  package var metrics: [(name: String, value: Double)]
  package var phaseEnds: [PhaseEnd]
  /// The `require` entries that were not met, in words.
  package var missed: [String]
  /// A run that had finished before and was left as it is.
  package var wasFinished: Bool
}
