import Testing
@Test func `AutodiffTests builds`() {}
