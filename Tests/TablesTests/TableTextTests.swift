import Testing
@Test func place() {}
