import Testing
@Test func `KernelsTests builds`() {}
