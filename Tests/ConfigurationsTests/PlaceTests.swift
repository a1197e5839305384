import Testing
@Test func `ConfigurationsTests builds`() {}
