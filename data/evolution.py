"""Solutions of evolution equations by finite differences and Runge-Kutta steps. Standard library only."""

import cmath
import math


def tridiagonal(lower, diagonal, upper, values):
    """Solves a tridiagonal system with constant bands but for the ends (Thomas); bands are lists."""
    count = len(values)
    c, d = [0.0] * count, [0.0] * count
    c[0], d[0] = upper[0] / diagonal[0], values[0] / diagonal[0]
    for i in range(1, count):
        pivot = diagonal[i] - lower[i] * c[i - 1]
        c[i] = upper[i] / pivot
        d[i] = (values[i] - lower[i] * d[i - 1]) / pivot
    for i in reversed(range(count - 1)):
        d[i] -= c[i] * d[i + 1]
    return d


def allen_cahn_half(diffusivity, cells, steps, kept, fixed):
    """u_t = d u_xx + 5 (u - u³) on [0, 1], u_x(0) = 0, from x² cos(πx); at x = 1 u = -1 if `fixed`, else u_x = 0.

    Strang splitting: half a step of the reaction, solved exactly, a step of diffusion, half a step of reaction. Diffusion
    by Crandall's scheme, the Crank-Nicolson scheme of fourth order in space. Gives `kept` + 1 frames on [0, 1].
    """
    h, dt = 1 / cells, 1 / steps
    u = [(i * h) ** 2 * math.cos(math.pi * i * h) for i in range(cells + 1)]
    decay = math.exp(-5 * dt)  # over half a step: u/√(u² + (1 - u²) e^(-10 dt/2))
    s = diffusivity * dt / (h * h)
    # (1 + (1/12 - s/2) δ²) u' = (1 + (1/12 + s/2) δ²) u, δ² mirrored at the ends.
    inner, outer = 1 / 12 - s / 2, 1 / 12 + s / 2
    lower, diagonal, upper = ([v] * (cells + 1) for v in (inner, 1 - 2 * inner, inner))
    upper[0] = lower[cells] = 2 * inner
    if fixed:
        lower[cells], diagonal[cells] = 0.0, 1.0
    yield u
    for step in range(1, steps + 1):
        u = [v / math.sqrt(v * v + (1 - v * v) * decay) for v in u]
        mirrored = [u[1], *u, u[cells - 1]]
        right = [v + outer * (l - 2 * v + r) for l, v, r in zip(mirrored, u, mirrored[2:])]
        if fixed:
            right[cells] = -1.0
        u = tridiagonal(lower, diagonal, upper, right)
        u = [v / math.sqrt(v * v + (1 - v * v) * decay) for v in u]
        if step % (steps // kept) == 0:
            yield u


def mirrored_frames(frames, cells, shown):
    """Rows x, t, u over [-1, 1] from even solutions on [0, 1], every `shown`-th node; frames equally spaced in [0, 1]."""
    frames = list(frames)
    for j, u in enumerate(frames):
        for i in range(-cells, cells + 1, shown):
            yield i / cells, j / (len(frames) - 1), u[abs(i)]


def allen_cahn():
    """d = 0.001, u(±1) = -1; 101 × 51 points."""
    return mirrored_frames(allen_cahn_half(1e-3, 250, 1000, 50, True), 250, 5)


def allen_cahn_periodic():
    """d = 0.0001, periodic; 201 × 51 points. Even and periodic means mirrored at 0 and at 1."""
    return mirrored_frames(allen_cahn_half(1e-4, 1000, 1000, 50, False), 1000, 10)


def two_species():
    """Two diffusing species that react: a_t = D a_xx - k a b², b_t = D b_xx - 2 k a b², 41 × 41 points.

    D = 0.002, k = 0.1, x in [0, 1], t in [0, 10]; both exp(-20x) at t = 0, 1 at x = 0 and 0 at x = 1. Differences of fourth
    order (of second order beside the ends), classical Runge-Kutta.
    """
    cells, steps, d, k = 160, 1600, 2e-3, 0.1
    h, dt = 1 / cells, 10 / steps
    a = [math.exp(-20 * i * h) for i in range(cells + 1)]
    a[cells] = 0.0
    b = list(a)

    def laplacian(u):
        inner = [(-p + 16 * q - 30 * r + 16 * s - v) / 12 for p, q, r, s, v in zip(u, u[1:], u[2:], u[3:], u[4:])]
        ends = [u[0] - 2 * u[1] + u[2]], [u[cells - 2] - 2 * u[cells - 1] + u[cells]]
        return [d / (h * h) * v for v in ends[0] + inner + ends[1]]

    def rates(a, b):
        reaction = [k * p * q * q for p, q in zip(a[1:-1], b[1:-1])]
        da = [l - r for l, r in zip(laplacian(a), reaction)]
        db = [l - 2 * r for l, r in zip(laplacian(b), reaction)]
        return [0.0, *da, 0.0], [0.0, *db, 0.0]

    for step in range(steps + 1):
        if step % (steps // 40) == 0:
            for i in range(0, cells + 1, cells // 40):
                yield i / cells, 10 * step / steps, a[i], b[i]
        a, b = runge_kutta(rates, (a, b), dt)


def runge_kutta(rates, state, dt):
    """One classical Runge-Kutta step of a tuple of lists."""

    def moved(slopes, by):
        return tuple([p + by * s for p, s in zip(values, slope)] for values, slope in zip(state, slopes))

    k1 = rates(*state)
    k2 = rates(*moved(k1, dt / 2))
    k3 = rates(*moved(k2, dt / 2))
    k4 = rates(*moved(k3, dt))
    mean = [[(a + 2 * b + 2 * c + e) / 6 for a, b, c, e in zip(*slopes)] for slopes in zip(k1, k2, k3, k4)]
    return moved(mean, dt)


def lorenz():
    """x' = 10 (y - x), y' = x (15 - z) - y, z' = x y - 8/3 z from (-8, 7, 27), 25 times t = 3 (i/24)^1.5: close at first."""

    def rates(state):
        x, y, z = state
        return ([10 * (y - x), x * (15 - z) - y, x * y - 8 / 3 * z],)

    state = ([-8.0, 7.0, 27.0],)
    times = [3 * (i / 24) ** 1.5 for i in range(25)]
    for t, following in zip(times, [*times[1:], 3.0]):
        yield (t, *state[0])
        for _ in range(250):
            state = runge_kutta(rates, state, (following - t) / 250)


def decay_and_growth():
    """x = 3 exp(-2t), y = exp(t)/2, 100 times in [0, 1]."""
    for i in range(100):
        t = i / 99
        yield (t, 3 * math.exp(-2 * t), 0.5 * math.exp(t))


def lorenz_dense():
    """The Lorenz system with 28 in place of 15 from (-8, 8, 27), 5000 times in steps of 0.002, with its rates."""

    def rates(state):
        x, y, z = state
        return ([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z],)

    state = ([-8.0, 8.0, 27.0],)
    for i in range(5000):
        yield (0.002 * i, *state[0], *rates(state[0])[0])
        for _ in range(5):
            state = runge_kutta(rates, state, 0.0004)


def lotka_volterra():
    """r' = R (2 r - 0.04 U r p), p' = R (0.02 U r p - 1.06 p), R = 20, U = 200, from (0.5, 0.075), 101 times in [0, 1]."""

    def rates(state):
        r, p = state
        return ([20 * (2 * r - 8 * r * p), 20 * (4 * r * p - 1.06 * p)],)

    state = ([0.5, 0.075],)
    for i in range(101):
        yield (i / 100, *state[0])
        for _ in range(50):
            state = runge_kutta(rates, state, 1 / 5000)


def reaction_rate():
    """0.01 u'' - k(x) u = sin 2πx, u(0) = u(1) = 0, k = 0.1 + exp(-0.5 (x - 0.5)²/0.15²); 101 points.

    Numerov's scheme, of fourth order, on 1000 cells.
    """
    cells = 1000
    h = 1 / cells
    k = [0.1 + math.exp(-0.5 * (i * h - 0.5) ** 2 / 0.15**2) for i in range(cells + 1)]
    f = [math.sin(2 * math.pi * i * h) for i in range(cells + 1)]
    # u'' = q u + g: δ²u = h²/12 ((q u + g)₋ + 10 (q u + g) + (q u + g)₊)
    w, inside = h * h / 12 / 0.01, range(1, cells)
    right = [w * (f[i - 1] + 10 * f[i] + f[i + 1]) for i in inside]
    u = tridiagonal(
        [1 - w * k[i - 1] for i in inside], [-2 - 10 * w * k[i] for i in inside], [1 - w * k[i + 1] for i in inside], right
    )
    u = [0.0, *u, 0.0]
    for i in range(0, cells + 1, 10):
        yield i / cells, u[i], k[i]




def kuramoto_sivashinsky():
    """u_t + a u u_x + b u_xx + c u_xxxx = 0 on [0, 2π], periodic, from cos x (1 + sin x), t in [0, 0.4]; 64 × 41 points.

    a = 100/16, b = 100/16², c = 100/16⁴. Fourier modes, the linear part by its exact exponential, the product by classical
    Runge-Kutta steps (integrating factor); half of the modes are zero, so products alias nothing.
    """
    count, steps = 256, 1600
    dt = 0.4 / steps
    waves = [k if k < count // 2 else k - count for k in range(count)]
    kept = [abs(k) < count // 3 for k in waves]
    linear = [100 / 16**2 * k**2 - 100 / 16**4 * k**4 for k in waves]
    half = [math.exp(rate * dt / 2) for rate in linear]
    twiddles = {}

    def transform(values):
        n = len(values)
        if n == 1:
            return values
        if n not in twiddles:
            twiddles[n] = [cmath.exp(-2j * math.pi * k / n) for k in range(n // 2)]
        even, odd = transform(values[::2]), transform(values[1::2])
        turned = [w * v for w, v in zip(twiddles[n], odd)]
        return [p + q for p, q in zip(even, turned)] + [p - q for p, q in zip(even, turned)]

    def values_of(modes):
        return [v.real / count for v in transform([m.conjugate() for m in modes])]

    def rate(modes):
        squares = transform([v * v for v in values_of(modes)])
        return [-100 / 32 * 1j * k * s if keep else 0 for k, s, keep in zip(waves, squares, kept)]

    xs = [2 * math.pi * i / count for i in range(count)]
    modes = transform([math.cos(x) * (1 + math.sin(x)) for x in xs])
    for step in range(steps + 1):
        if step % (steps // 40) == 0:
            u = values_of(modes)
            for i in range(0, count, 4):
                yield xs[i], 0.4 * step / steps, u[i]
        k1 = rate(modes)
        middle = [e * m for e, m in zip(half, modes)]
        k2 = rate([m + dt / 2 * e * k for m, e, k in zip(middle, half, k1)])
        k3 = rate([m + dt / 2 * k for m, k in zip(middle, k2)])
        end = [e * m for e, m in zip(half, middle)]
        k4 = rate([m + dt * e * k for m, e, k in zip(end, half, k3)])
        modes = [
            m + dt / 6 * (e * e * a + 2 * e * (b + c) + d) for m, e, a, b, c, d in zip(end, half, k1, k2, k3, k4)
        ]
