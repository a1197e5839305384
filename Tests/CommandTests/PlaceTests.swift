import Testing
@Test func `CommandTests builds`() {}
