import Kernels
import Testing

struct ProcessorCountTests {
  @Test(arguments: [
    ("Cpus_allowed_list:\t0\n", 1), ("Cpus_allowed_list:\t0-3\n", 4), ("Cpus_allowed_list:\t0-3,8\n", 5),
    ("Cpus_allowed_list:\t1,3,5-6,64-127\n", 68), ("Cpus_allowed_list: 0-1", 2),
    ("Name:\tpinn\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n", 8),
  ])
  func `F20 the affinity list counts its processors`(status: String, count: Int) {
    #expect(ProcessorCount.affinity(fromStatus: status) == count)
  }

  @Test(arguments: [
    "", "Name:\tpinn\n", "Cpus_allowed:\tff\n", "Cpus_allowed_list:\t\n", "Cpus_allowed_list:\t3-1\n",
    "Cpus_allowed_list:\tall\n", "Cpus_allowed_list:\t0-x\n", "Cpus_allowed_list:\t0-1-2\n",
  ])
  func `what is no list of processors gives nothing`(status: String) {
    #expect(ProcessorCount.affinity(fromStatus: status) == nil)
  }

  @Test func `at least one processor is allowed`() {
    #expect(ProcessorCount.allowed >= 1)
  }
}
