import Testing
@Test func `TablesTests builds`() {}
