import Testing
@Test func `ProblemsTests builds`() {}
