import Testing
@Test func `TrainingTests builds`() {}
