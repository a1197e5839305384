import Testing
@Test func `ExpressionsTests builds`() {}
