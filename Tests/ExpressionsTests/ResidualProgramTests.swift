import Autodiff
import Diagnostics
import Expressions
import KernelInterface
import Testing

@Suite struct `Residual programs` {
  @Test(
    arguments: [
      ("u_t + u*u_x = 0.01/pi*u_xx", [[], [0], [1], [0, 0]]),
      ("d(D*d(u, x), x) = 0", [[], [0], [0, 0]]),
      ("d(u*d(u, x), x) = u", [[], [0], [0, 0]]),
      ("laplacian(u, x, t)", [[], [0], [1], [0, 0], [1, 1]]),
      ("u_xxxx + u", [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0]]),
      ("d(u*x, x, t)", [[], [0], [1], [0, 1]]),
      ("u - u + x", [[]]),
      ("v_xx", [[]]),
    ] as [(String, [[Int]])])
  func `need exactly the derivatives that the text does`(text: String, expected: [[Int]]) throws {
    var fixture = Fixture()
    let program = try fixture.program(text)
    let set = program.derivativeSet(output: 0, site: 0)
    #expect(set.indices == expected.map { MultiIndex($0) }.sorted())
    #expect(program.derivativeSet(output: 0, site: 1).indices == [.value])
  }

  @Test func `keep the sites of a periodic condition apart`() throws {
    var fixture = Fixture()
    let here = try fixture.parse("u_x*x + D + g")
    let there = fixture.graph.moved(here, toSite: 1)
    let residual = fixture.graph.subtract(here, there)
    let program = ResidualProgram(fixture.graph, outputs: [residual])
    let first = MultiIndex([0])
    let expected: [Symbol] = [
      .coordinate(0, site: 0), .coordinate(0, site: 1), .output(0, first, site: 0), .output(0, first, site: 1),
      .unknown(0), .column(0),
    ]
    #expect(program.inputs == expected)
    #expect(program.derivativeSet(output: 0, site: 1).indices == [.value, MultiIndex([0])])
    #expect(program.evaluate([2, 3, 5, 7, 11, 13]) == [-11])
  }

  @Test func `share what several outputs have in common and use immediates`() throws {
    var fixture = Fixture()
    let first = try fixture.parse("3*sin(u*x) + 2")
    let second = try fixture.parse("sin(x*u)^2 - 2")
    let program = ResidualProgram(fixture.graph, outputs: [first, second, first])
    let expected: [ProgramOperation] = [.multiply, .sin, .multiplyConstant, .addConstant, .integerPower, .addConstant]
    #expect(program.instructions.map(\.operation) == expected)
    #expect(program.constants.isEmpty)
    #expect(program.outputs[0] == program.outputs[2])
    #expect(program.registerCount == program.inputs.count + program.instructions.count)
  }

  @Test func `write each register once, after its operands`() throws {
    var generator = Generator(seed: 51)
    for _ in 0..<300 {
      let tree = Tree.random(depth: 5, &generator)
      var fixture = Fixture()
      let node = try fixture.parse(tree.text)
      let derivative = try fixture.graph.derivative(of: node, by: 0)
      let program = ResidualProgram(fixture.graph, outputs: [node, derivative])
      for (place, instruction) in program.instructions.enumerated() {
        #expect(Int(instruction.result) == program.inputs.count + program.constants.count + place)
        let read = [instruction.a, instruction.b, instruction.c].filter { $0 >= 0 }
        #expect(read.count == instruction.operation.operandCount)
        #expect(read.allSatisfy { $0 < instruction.result })
      }
      #expect(program.inputs == program.inputs.sorted())
    }
  }

  @Test func `may be constants and inputs alone`() throws {
    var fixture = Fixture()
    let program = try fixture.program("3", "x")
    #expect(program.instructions.isEmpty)
    #expect(program.evaluate([4]) == [3, 4])
  }

  @Test func `compute every operation as IEEE has it`() {
    #expect(ProgramOperation.power.evaluate(-2, 3) == -8)
    #expect(ProgramOperation.power.evaluate(0, 0) == 1)
    #expect(ProgramOperation.power.evaluate(-2, 0.5).isNaN)
    #expect(ProgramOperation.power.evaluate(-.infinity, 3) == -.infinity)
    #expect(ProgramOperation.power.evaluate(-2, 1e300) == .infinity)
    #expect(ProgramOperation.power.evaluate(0, -1) == .infinity)
    #expect(ProgramOperation.integerPower.evaluate(-2, immediate: 5) == -32)
    #expect(ProgramOperation.integerPower.evaluate(2, immediate: -3) == 0.125)
    #expect(ProgramOperation.integerPower.evaluate(0, immediate: 0) == 1)
    #expect(ProgramOperation.softplus.evaluate(1000) == 1000)
    #expect(ProgramOperation.softplus.evaluate(-1000) == 0)
    #expect(ProgramOperation.sigmoid.evaluate(-1000) == 0)
    #expect(ProgramOperation.minimum.evaluate(1, .nan).isNaN && ProgramOperation.minimum.evaluate(.nan, 1).isNaN)
    #expect(ProgramOperation.maximum.evaluate(1, .nan).isNaN && ProgramOperation.maximum.evaluate(.nan, 1).isNaN)
    #expect(ProgramOperation.select.evaluate(0, 1, 2) == 2)
    #expect(ProgramOperation.step.evaluate(0) == 0)
    #expect(ProgramOperation.log.evaluate(-1).isNaN)
  }
}

@Suite struct `Substitution of symbols` {
  @Test func `simplifies what it builds and leaves the rest alone`() throws {
    var fixture = Fixture()
    let node = try fixture.parse("D*sin(x) + u*(x + t) + g")
    let zero = fixture.graph.constant(0)
    let image = fixture.graph.replacing(node) { $0 == .unknown(0) || $0 == .column(0) ? zero : nil }
    #expect(try image == fixture.parse("u*(x + t)"))
    #expect(fixture.graph.replacing(node) { _ in nil } == node)
    let x = try fixture.parse("t^2")
    let shifted = fixture.graph.replacing(node) { $0 == .coordinate(0, site: 0) ? x : nil }
    #expect(try shifted == fixture.parse("D*sin(t^2) + u*(t^2 + t) + g"))
  }

  @Test(arguments: [61] as [UInt64])
  func `agrees with evaluation at the substituted value`(seed: UInt64) throws {
    var generator = Generator(seed: seed)
    for _ in 0..<500 {
      let tree = Tree.random(depth: 4, &generator)
      var fixture = Fixture()
      let node = try fixture.parse(tree.text)
      let value = fixture.graph.constant(0.7)
      let image = fixture.graph.replacing(node) { $0 == .unknown(0) ? value : nil }
      let point = Point(x: 0.3, t: 0.9)
      let (before, after) = (fixture.value(node, at: point), fixture.value(image, at: point))
      guard before.isFinite, before.magnitude < 1e6, before.magnitude > 1e-6 else { continue }
      #expect((before - after).magnitude <= 1e-9 * before.magnitude, "seed \(seed): \(tree.text)")
    }
  }

  @Test func `moves to another site and back to itself`() throws {
    var fixture = Fixture()
    let node = try fixture.parse("u_x*sin(x) + v*D + g")
    let moved = fixture.graph.moved(node, toSite: 1)
    #expect(fixture.graph.symbols(of: [moved]).contains(.output(0, MultiIndex([0]), site: 1)))
    #expect(fixture.graph.moved(node, toSite: 0) == node)
    #expect(fixture.graph.moved(moved, toSite: 1) == moved)
  }
}
