import Testing
@Test func `DiagnosticsTests builds`() {}
