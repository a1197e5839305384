import Testing
@Test func `NetworksTests builds`() {}
