/// The experiments of the design, in both languages: what users should be able to write.
package let examplePairs: [(toml: String, yaml: String)] = [
  (
    #"""
    [variables]
    x = [0, 1]
    [fields]
    u = {}
    [[equation]]
    expr = "u_xx = -pi^2*sin(pi*x)"
    [[condition]]
    at = ["x = 0", "x = 1"]
    expr = "u = 0"
    """#,
    #"""
    variables:
      x: [0, 1]
    fields:
      u: {}
    equation:
      - expr: u_xx = -pi^2*sin(pi*x)
    condition:
      - at: ['x = 0', 'x = 1']
        expr: u = 0
    """#
  ),
  (
    #"""
    title = "Arterial spin labelling, one T1b for all voxels"
    [variables]
    t = { range = [0, 3.6], unit = "s" }
    [fields]
    S = { per = "voxel" }
    [constants]
    tau = { value = 0.6, unit = "s" }
    [unknowns]
    CBF = { guess = 0.5, min = 0, max = 2.5, per = "voxel" }
    AT  = { guess = 0.5, min = 0.05, max = 2, unit = "s", per = "voxel" }
    T1b = { guess = 1.5, scale = "log", unit = "s" }
    [define]
    arrived = "smoothstep(t - AT, 0.03)"
    passed  = "smoothstep(t - AT - tau, 0.03)"
    [[equation]]
    name = "kinetics"
    expr = "S_t = CBF*exp(-t/T1b)*(arrived*(1-passed)*(1 - (t-AT)/T1b) - passed*tau/T1b)"
    [[condition]]
    at = "t = 0"
    expr = "S = 0"
    enforce = "hard"
    [[data]]
    file = "voxels.csv"            # voxel,t,S
    group = "voxel"
    sigma = 0.02
    """#,
    #"""
    title: 'Arterial spin labelling, one T1b for all voxels'
    variables:
      t: {range: [0, 3.6], unit: 's'}
    fields:
      S: {per: 'voxel'}
    constants:
      tau: {value: 0.6, unit: 's'}
    unknowns:
      CBF: {guess: 0.5, min: 0, max: 2.5, per: 'voxel'}
      AT: {guess: 0.5, min: 0.05, max: 2, unit: 's', per: 'voxel'}
      T1b: {guess: 1.5, scale: 'log', unit: 's'}
    define:
      arrived: 'smoothstep(t - AT, 0.03)'
      passed: 'smoothstep(t - AT - tau, 0.03)'
    equation:
      - name: kinetics
        expr: S_t = CBF*exp(-t/T1b)*(arrived*(1-passed)*(1 - (t-AT)/T1b) - passed*tau/T1b)
    condition:
      - at: t = 0
        expr: S = 0
        enforce: hard
    data:
      - file: voxels.csv
        group: voxel
        sigma: 0.02
    """#
  ),
  (
    #"""
    [variables]
    x = { range = [0.1, 10], unit = "mm" }
    y = { range = [0.1, 10], unit = "mm" }
    t = [1, 40]
    [fields]
    V = {}
    W = {}                                   # never measured
    [constants]
    a = 0.01
    b = 0.15
    k = 8
    mu1 = 0.2
    mu2 = 0.3
    eps = 0.002
    [unknowns]
    D = { field = ["x", "y"], form = "0.02 + 0.08*sigmoid(N)", network = { hidden = [20, 20] }, smooth = { tv = 1e-3 } }
    [[equation]]
    expr = "V_t = d(D*V_x, x) + d(D*V_y, y) - k*V*(V-a)*(V-1) - V*W"
    [[equation]]
    expr = "W_t = (eps + mu1*W/(V+mu2))*(-W - k*V*(V-b-1))"
    [[condition]]
    at = "boundary(x, y)"
    expr = "d(V, n) = 0"
    [[condition]]
    at = "t = 1"
    file = "frame1.csv"                      # x,y,V,W
    [[data]]
    file = "ap2d_heter.csv"
    use = ["V"]
    fraction = 0.2
    holdout = 0.2
    [start]
    cap = 4                                  # restart while the first loss is above (a pole at V = -mu2)
    """#,
    #"""
    variables:
      x: {range: [0.1, 10], unit: 'mm'}
      y: {range: [0.1, 10], unit: 'mm'}
      t: [1, 40]
    fields:
      V: {}
      W: {}
    constants:
      a: 0.01
      b: 0.15
      k: 8
      mu1: 0.2
      mu2: 0.3
      eps: 0.002
    unknowns:
      D: {field: ['x', 'y'], form: '0.02 + 0.08*sigmoid(N)', network: {hidden: [20, 20]}, smooth: {tv: 0.001}}
    equation:
      - expr: 'V_t = d(D*V_x, x) + d(D*V_y, y) - k*V*(V-a)*(V-1) - V*W'
      - expr: W_t = (eps + mu1*W/(V+mu2))*(-W - k*V*(V-b-1))
    condition:
      - at: 'boundary(x, y)'
        expr: 'd(V, n) = 0'
      - at: t = 1
        file: frame1.csv
    data:
      - file: ap2d_heter.csv
        use: ['V']
        fraction: 0.2
        holdout: 0.2
    start:
      cap: 4
    """#
  ),
  (
    #"""
    [region]
    shape = "disk(center = [0, 0], radius = 1)"
    [variables]
    x = {}
    y = {}
    [fields]
    u = { per = "pattern" }
    [unknowns]
    sigma = { field = ["x", "y"], min = 0.2, max = 5, boundary = 1, smooth = { tv = 1e-4 } }
    [[equation]]
    expr = "d(sigma*u_x, x) + d(sigma*u_y, y) = 0"
    [[condition]]
    name = "current"
    at = "boundary"
    file = "eit_disk_boundary.csv"           # pattern,x,y,g,u
    expr = "sigma*d(u, n) = g"               # g is a column of the file
    [[condition]]
    name = "voltage"
    at = "boundary"
    file = "eit_disk_boundary.csv"
    expr = "u = u_noise005"
    [[condition]]
    expr = "integral(u, boundary) = 0"
    """#,
    #"""
    region:
      shape: 'disk(center = [0, 0], radius = 1)'
    variables:
      x: {}
      y: {}
    fields:
      u: {per: 'pattern'}
    unknowns:
      sigma: {field: ['x', 'y'], min: 0.2, max: 5, boundary: 1, smooth: {tv: 0.0001}}
    equation:
      - expr: 'd(sigma*u_x, x) + d(sigma*u_y, y) = 0'
    condition:
      - name: current
        at: boundary
        file: eit_disk_boundary.csv
        expr: 'sigma*d(u, n) = g'
      - name: voltage
        at: boundary
        file: eit_disk_boundary.csv
        expr: u = u_noise005
      - expr: 'integral(u, boundary) = 0'
    """#
  ),
  (
    #"""
    [networks]
    flow = { inputs = ["x", "y", "t"], outputs = ["psi", "p"], hidden = [40, 40, 40] }
    [fields]
    u = "psi_y"
    v = "-psi_x"
    p = {}
    [unknowns]
    l1 = { guess = 0 }
    l2 = { guess = 0.1, scale = "log" }
    [[equation]]
    expr = "u_t + l1*(u*u_x + v*u_y) = -p_x + l2*laplacian(u, x, y)"
    [[equation]]
    expr = "v_t + l1*(u*v_x + v*v_y) = -p_y + l2*laplacian(v, x, y)"
    [[data]]
    file = "cylinder_wake.csv"
    fraction = 0.05
    """#,
    #"""
    networks:
      flow: {inputs: ['x', 'y', 't'], outputs: ['psi', 'p'], hidden: [40, 40, 40]}
    fields:
      u: psi_y
      v: '-psi_x'
      p: {}
    unknowns:
      l1: {guess: 0}
      l2: {guess: 0.1, scale: 'log'}
    equation:
      - expr: 'u_t + l1*(u*u_x + v*u_y) = -p_x + l2*laplacian(u, x, y)'
      - expr: 'v_t + l1*(u*v_x + v*v_y) = -p_y + l2*laplacian(v, x, y)'
    data:
      - file: cylinder_wake.csv
        fraction: 0.05
    """#
  ),
  (
    #"""
    [fields]
    phi = "sigmoid(N)"
    [unknowns]
    c0 = { guess = 0.1 }
    c1 = { guess = 0.6 }
    [[coefficients]]
    file = "microscopy_nuclei_128_noise015.csv"   # x,y,intensity,label: a function I(x,y) at its own points
    as = { I = "intensity" }
    [[equation]]
    name = "reaction-diffusion"
    expr = "eps^2*laplacian(phi, x, y) - phi*(1-phi)*(1-2*phi)/2 - kappa*((I-c1)^2 - (I-c0)^2) = 0"
    [[energy]]
    name = "fidelity"
    expr = "phi*(I-c1)^2 + (1-phi)*(I-c0)^2"
    [[energy]]
    name = "interface"
    expr = "eps/2*(phi_x^2 + phi_y^2) + phi^2*(1-phi)^2/(4*eps)"
    weight = 0.002
    [[metric]]
    name = "dice"
    expr = "2*sum(step(phi-0.5)*label)/(sum(step(phi-0.5)) + sum(label))"
    """#,
    #"""
    fields:
      phi: sigmoid(N)
    unknowns:
      c0: {guess: 0.1}
      c1: {guess: 0.6}
    coefficients:
      - file: microscopy_nuclei_128_noise015.csv
        as: {I: 'intensity'}
    equation:
      - name: reaction-diffusion
        expr: 'eps^2*laplacian(phi, x, y) - phi*(1-phi)*(1-2*phi)/2 - kappa*((I-c1)^2 - (I-c0)^2) = 0'
    energy:
      - name: fidelity
        expr: phi*(I-c1)^2 + (1-phi)*(I-c0)^2
      - name: interface
        expr: eps/2*(phi_x^2 + phi_y^2) + phi^2*(1-phi)^2/(4*eps)
        weight: 0.002
    metric:
      - name: dice
        expr: '2*sum(step(phi-0.5)*label)/(sum(step(phi-0.5)) + sum(label))'
    """#
  ),
  (
    #"""
    [networks]
    H = { inputs = ["q", "p"], outputs = ["H"], hidden = [64, 64] }
    [[data]]
    file = "hnn_pendulum.csv"                 # trajectory,t,q,p,dqdt,dpdt
    expr = ["d(H, p) = dqdt", "d(H, q) = -dpdt"]
    [rollout]
    state = ["q", "p"]
    rate  = ["d(H, p)", "-d(H, q)"]
    from  = "hnn_pendulum.csv"
    """#,
    #"""
    networks:
      H: {inputs: ['q', 'p'], outputs: ['H'], hidden: [64, 64]}
    data:
      - file: hnn_pendulum.csv
        expr: ['d(H, p) = dqdt', 'd(H, q) = -dpdt']
    rollout:
      state: ['q', 'p']
      rate: ['d(H, p)', '-d(H, q)']
      from: hnn_pendulum.csv
    """#
  ),
  (
    #"""
    title = "Viscous Burgers shock"
    seed = 7

    [variables]                      # order = CSV column order
    x = [-1, 1]
    t = [0, 1]                       # a variable may say: { range = [0, 1], unit = "s", time = true }

    [fields]
    u = {}

    [constants]
    nu = "0.01/pi"                   # any number may be an expression

    [[equation]]
    name = "burgers"
    expr = "u_t + u*u_x = nu*u_xx"   # also d(u,x), d(k*d(u,x),x), laplacian(u, x, y), if(c, a, b), step, smoothstep …

    [[condition]]
    name = "initial"
    at   = "t = 0"
    expr = "u = -sin(pi*x)"
    enforce = "hard"                 # or soft, the default: a loss term

    [[condition]]
    name = "walls"
    at   = ["x = -1", "x = 1"]       # Neumann: expr = "d(u, n) = 0"; periodic: at = "x: periodic"
    expr = "u = 0"

    [sampling]
    interior = { points = 4000, method = "sobol", resample = { method = "rad", every = 10 } }

    [network]
    hidden = [20, 20, 20]
    activation = "tanh"              # features = { fourier = …, periodic = ["x"] }, architecture = "mlp" | "resnet" | …

    [loss]
    weights = { burgers = 1, walls = 10 }
    balance = "rms"

    [[optimizer]]                    # phases, run in order; each may change points, weights, terms
    method = "adam"
    iterations = 500
    learning_rate = 2e-3

    [[optimizer]]
    method = "gauss-newton"
    iterations = 200
    stop = { loss = 1e-12, minutes = 10 }

    [[reference]]                    # known solution: reported as error, never trained on
    file = "data/burgers_shock.csv"

    [output]
    grid = { x = 256, t = 101 }
    """#,
    #"""
    title: Viscous Burgers shock
    seed: 7
    variables:
      x: [-1, 1]
      t: [0, 1]
    fields:
      u: {}
    constants:
      nu: '0.01/pi'
    equation:
      - name: burgers
        expr: u_t + u*u_x = nu*u_xx
    condition:
      - name: initial
        at: t = 0
        expr: u = -sin(pi*x)
        enforce: hard
      - name: walls
        at: ['x = -1', 'x = 1']
        expr: u = 0
    sampling:
      interior: {points: 4000, method: 'sobol', resample: {method: 'rad', every: 10}}
    network:
      hidden: [20, 20, 20]
      activation: tanh
    loss:
      weights: {burgers: 1, walls: 10}
      balance: rms
    optimizer:
      - method: adam
        iterations: 500
        learning_rate: 0.002
      - method: gauss-newton
        iterations: 200
        stop: {loss: 1e-12, minutes: 10}
    reference:
      - file: data/burgers_shock.csv
    output:
      grid: {x: 256, t: 101}
    """#
  ),
  (
    #"""
    [unknowns]
    D = { guess = 0.5, min = 0, scale = "log", unit = "cm^2/s", true = 0.1 }
    sigma = { field = ["x", "y"], network = { hidden = [16, 16] } }      # an unknown function

    [[data]]
    file = "data/ap2d.csv"           # header names map to variables and fields; rename with columns = { V = "volt" }
    sigma = 0.05                     # noise; holdout = 0.2 keeps rows for validation
    """#,
    #"""
    unknowns:
      D: {guess: 0.5, min: 0, scale: 'log', unit: 'cm^2/s', true: 0.1}
      sigma: {field: ['x', 'y'], network: {hidden: [16, 16]}}
    data:
      - file: data/ap2d.csv
        sigma: 0.05
    """#
  ),
]
