import Testing
@Test func `ExperimentsTests builds`() {}
