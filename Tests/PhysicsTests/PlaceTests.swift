import Testing
@Test func `PhysicsTests builds`() {}
