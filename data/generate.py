#!/usr/bin/env python3
"""Writes the data files of this folder from their equations, or checks the files that are here.

    python3 data/generate.py                 writes every computed file
    python3 data/generate.py beam.csv …      writes these only
    python3 data/generate.py --check         compares every file with a fresh computation, writes nothing

Standard library only; `simulate.py`, with NumPy, has the simulations that take longer. Files that come from elsewhere
are never written here; `--check` tests them against what their equations conserve or their conditions say. Exit status 0 when everything agrees, 1 when a check fails, 2 when
the command line is wrong. README.md describes each file.
"""

import argparse
import csv
import math
import os
import random
import sys

import evolution
import harmonic
import mechanics

FOLDER = os.path.dirname(os.path.abspath(__file__))


# ---------------------------------------------------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------------------------------------------------


def digits(count):
    """A writer of `count` significant digits, without negative zeros."""
    return lambda value: f"{value + 0.0:.{count}g}"


def decimals(count):
    """A writer of at most `count` decimals."""
    return lambda value: f"{value:.{count}f}".rstrip("0").rstrip(".")


def shortest(value):
    """The shortest text that reads back as the same double."""
    text = repr(value + 0.0)
    return text[:-2] if text.endswith(".0") else text


def sin_pi(x):
    """sin(πx), exactly 0 at the integers, where math.sin(math.pi * x) leaves 1e-16."""
    r = math.fmod(x, 2.0)
    return 0.0 if r == math.trunc(r) else math.sin(math.pi * r)


class NormalStream:
    """Gaussian deviates from a Mersenne Twister, the same bits everywhere.

    Seeding (Knuth's initialiser, `init_genrand` of Matsumoto & Nishimura's mt19937ar.c) and transformation (Marsaglia's
    polar method, second deviate of each pair first) are those of numpy.random.RandomState(seed).standard_normal.
    `random.Random.gauss` is not used because it draws differently.
    """

    def __init__(self, seed):
        state = [seed]
        for i in range(1, 624):
            state.append((1812433253 * (state[-1] ^ (state[-1] >> 30)) + i) & 0xFFFFFFFF)
        self._uniform = random.Random()
        self._uniform.setstate((3, (*state, 624), None))
        self._spare = None

    def uniform(self):
        return self._uniform.random()

    def normal(self):
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        while True:
            a, b = 2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0
            s = a * a + b * b
            if 0.0 < s < 1.0:
                break
        factor = math.sqrt(-2.0 * math.log(s) / s)
        self._spare = factor * a
        return factor * b


# ---------------------------------------------------------------------------------------------------------------------
# Closed forms
# ---------------------------------------------------------------------------------------------------------------------


def diffusion():
    """u = exp(-t) sin(πx) on 101 × 101 points of [-1, 1] × [0, 1]."""
    for j in range(101):
        for i in range(101):
            x, t = (i - 50) / 50, j / 100
            yield x, t, math.exp(-t) * sin_pi(x)


def heat():
    """u = exp(-0.4 π² t) sin(πx) on 101 × 101 points of [0, 1] × [0, 1]."""
    for j in range(101):
        for i in range(101):
            x, t = i / 100, j / 100
            yield x, t, math.exp(-0.4 * math.pi**2 * t) * sin_pi(x)


def beam():
    """u = sin(x) cos(t) on 51 × 51 points of [0, π] × [0, 1]; the ends hold u = 0 exactly."""
    for j in range(51):
        for i in range(51):
            t = j / 50
            yield math.pi * i / 50, t, sin_pi(i / 50) * math.cos(t)


def elliptic_source():
    """u = sin(πx) and its second derivative q, 101 points of [-1, 1]."""
    for i in range(101):
        x = (i - 50) / 50
        yield x, sin_pi(x), -math.pi**2 * sin_pi(x)


def spring():
    """x = cos 2t and its velocity, 201 times in [0, 10]."""
    for i in range(201):
        t = i / 20
        yield t, math.cos(2 * t), -2 * math.sin(2 * t)


def kepler():
    """One period of the ellipse a = 1, e = 0.5, μ = 1 from perihelion, and positions with noise of 0.02.

    E - e sin E = t gives the eccentric anomaly E (Kepler's equation, Newton's method);
    x = cos E - e, y = √(1 - e²) sin E.
    """
    e = 0.5
    minor = math.sqrt(1 - e * e)
    stream = NormalStream(0)
    noise = [0.02 * stream.normal() for _ in range(202)]  # all of x, then all of y
    for i in range(101):
        # The anomalies of t and 2π - t are mirror images; solving the half closes the orbit exactly.
        m = math.pi * min(i, 100 - i) / 50
        anomaly = m + e * math.sin(m)
        for _ in range(20):
            anomaly -= (anomaly - e * math.sin(anomaly) - m) / (1 - e * math.cos(anomaly))
        sign = 1.0 if i <= 50 else -1.0
        cosine, sine = math.cos(anomaly), sign * (math.sin(anomaly) if i != 50 else 0.0)
        rate = 1 / (1 - e * cosine)
        x, y = cosine - e, minor * sine
        yield math.pi * i / 50, x, y, -sine * rate, minor * cosine * rate, x + noise[i], y + noise[101 + i]


CBF = 0.7744067519636624
ARRIVAL = 0.9009488346910405
T1_BLOOD = 2.0
BOLUS = 0.6


def perfusion_signal(t, flow=CBF, arrival=ARRIVAL):
    """Signal of one voxel and its right derivative, simplified Buxton model."""
    decay = math.exp(-t / T1_BLOOD)
    if t < arrival:
        return 0.0, 0.0
    if t < arrival + BOLUS:
        return flow * (t - arrival) * decay, flow * decay * (1 - (t - arrival) / T1_BLOOD)
    return flow * BOLUS * decay, -flow * BOLUS * decay / T1_BLOOD


def perfusion_blend(t, width):
    """The three pieces joined by tanh switches of the given width in seconds."""

    def up(c):
        return 0.5 * (1 + math.tanh((t - c) / width))

    decay = math.exp(-t / T1_BLOOD)
    rising = CBF * (t - ARRIVAL) * decay * up(ARRIVAL) * (1 - up(ARRIVAL + BOLUS))
    return rising + CBF * BOLUS * decay * up(ARRIVAL + BOLUS)


def perfusion(count, noise):
    """`count` equally spaced samples of the signal on [0, 3.6] s with Gaussian noise, seed 0."""
    stream = NormalStream(0)
    for i in range(count):
        t = 3.6 * i / (count - 1)
        yield t, perfusion_signal(t)[0] + (noise * stream.normal() if noise > 0 else 0.0)


def perfusion_voxels():
    """60 samples of each of four voxels that share T1b: CBF and arrival of their own, noise of 0.005, seed 0."""
    stream = NormalStream(0)
    for voxel, (flow, arrival) in enumerate(((0.9, 0.7), (0.7, 0.9), (0.5, 1.2), (0.3, 1.5)), start=1):
        for i in range(60):
            t = 3.6 * i / 59
            yield voxel, t, perfusion_signal(t, flow, arrival)[0] + 0.005 * stream.normal()


def perfusion_exact():
    """The signal, its right derivative, and the signal blended over 0.01 s and 0.1 s."""
    for i in range(1001):
        t = 3.6 * i / 1000
        yield (t, *perfusion_signal(t), perfusion_blend(t, 0.01), perfusion_blend(t, 0.1))


# ---------------------------------------------------------------------------------------------------------------------
# Quadrature and simulation
# ---------------------------------------------------------------------------------------------------------------------


def burgers():
    """Burgers' equation by the Cole-Hopf transformation, 256 x in [-1, 1], t = 0, 0.03 … 0.99, ν = 0.01/π.

    u(x,t) = -∫ sin(πy) w dη / ∫ w dη with y = x - η and w = exp(-η²/(4νt) - cos(πy)/(2πν)).

    The integrand is entire and decays like a Gaussian, so the trapezoidal rule converges geometrically. The cosine term
    spans 100, hence beyond η² = 4νt·140 the weight is below exp(-40) of its largest value. The step is 0.4 of the
    smallest possible peak width 1/√(1/(2νt) + π/(2ν)); halving it changes no value by more than 1e-14.
    """
    nu = 0.01 / math.pi
    for j in range(34):
        t = 3 * j / 100
        for i in range(256):
            # The solution is odd; x > 0 is the mirror image, so the file is odd to the last digit.
            side = -1.0 if i >= 128 else 1.0
            x = side * (2 * i - 255) / 255
            if x == -1.0:
                u = 0.0
            elif t == 0.0:
                u = -sin_pi(x)
            else:
                u = cole_hopf(x, t, nu)
            yield (2 * i - 255) / 255, t, side * u


def cole_hopf(x, t, nu, fineness=0.4):
    """u(x,t) of `burgers` for t > 0; `fineness` is the step in units of the narrowest peak."""
    reach = math.sqrt(4 * nu * t * 140)
    step = fineness / math.sqrt(1 / (2 * nu * t) + math.pi / (2 * nu))
    count = math.ceil(reach / step)
    terms = []
    for k in range(-count, count + 1):
        angle = math.pi * (x - k * step)
        terms.append((-((k * step) ** 2) / (4 * nu * t) - math.cos(angle) / (2 * math.pi * nu), math.sin(angle)))
    largest = max(exponent for exponent, _ in terms)
    top = bottom = 0.0
    for exponent, sine in terms:
        weight = math.exp(exponent - largest)
        top -= sine * weight
        bottom += weight
    return top / bottom


def action_potential():
    """Aliev-Panfilov cable: 200 cells of 0.1 mm, no flux at the walls x = 0.05 and 20.05 mm, frames t = 1 … 70 AU.

        V_t = D V_xx - k V (V - a)(V - 1) - V W + s        W_t = (ε + μ1 W/(V + μ2)) (-W - k V (V - b - 1))

    V = W = 0.01 at t = 0; s = 0.1 in the first four cells until t = 2. Central differences with mirrored end cells,
    classical Runge-Kutta, 100 steps per AU: halving the step changes V by 4e-8 at most, over all cells and
    times, so the error of the file is that of the cells. Only + - * / are used, hence the same bits everywhere.
    """
    v, w = [0.01] * 200, [0.01] * 200
    for frame in range(1, 71):
        for _ in range(100):
            v, w = cable_step(v, w, 0.15, 0.1 if frame <= 2 else 0.0)
        for i in range(200):
            yield (i + 1) / 10, frame, v[i], w[i]


def cable_step(v, w, b, stimulus):
    """A Runge-Kutta step of 0.01 AU of a cable of 0.1 mm cells, with an additional current in the first four."""
    a, diffusivity, k, mu1, mu2, eps = 0.01, 0.1, 8.0, 0.2, 0.3, 0.002
    dt = 1.0 / 100
    coupling = diffusivity / (0.1 * 0.1)

    def rates(v, w):
        left, right = [v[0], *v[:-1]], [*v[1:], v[-1]]
        dv = [
            coupling * (l - 2.0 * p + r) - k * p * (p - a) * (p - 1.0) - p * q
            for l, p, r, q in zip(left, v, right, w)
        ]
        dw = [(eps + mu1 * q / (p + mu2)) * (-q - k * p * (p - b - 1.0)) for p, q in zip(v, w)]
        for i in range(4):
            dv[i] += stimulus
        return dv, dw

    def moved(values, slope, by):
        return [p + by * s for p, s in zip(values, slope)]

    def summed(values, s1, s2, s3, s4):
        return [p + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4) for p, k1, k2, k3, k4 in zip(values, s1, s2, s3, s4)]

    v1, w1 = rates(v, w)
    v2, w2 = rates(moved(v, v1, dt / 2), moved(w, w1, dt / 2))
    v3, w3 = rates(moved(v, v2, dt / 2), moved(w, w2, dt / 2))
    v4, w4 = rates(moved(v, v3, dt), moved(w, w3, dt))
    return summed(v, v1, v2, v3, v4), summed(w, w1, w2, w3, w4)


def two_pixels(b, seed):
    """Voltages of two pixels 6 mm apart on a cable of 10 mm, 200 times from 0 to 29.85 AU, noise of 0.01.

    The cable is that of `action_potential` with another b, at rest (V = W = 0) and stimulated for two units of time; pixels
    are cells 21 and 81, so the wave reaches the first when t is about 5.
    """
    stream = NormalStream(seed)
    v, w = [0.0] * 100, [0.0] * 100
    for step in range(2986):
        if step % 15 == 0:
            for x, cell in ((0, 20), (6, 80)):
                yield x, step / 100, v[cell] + 0.01 * stream.normal()
        v, w = cable_step(v, w, b, 0.1 if step < 200 else 0.0)


_cable = None


def cable_rows():
    """The cable's rows, simulated once per run of this program."""
    global _cable
    if _cable is None:
        _cable = list(action_potential())
    return _cable


def action_potential_training():
    """A tenth of the rows of the cable, drawn without replacement, V with noise of 0.1; seed 1."""
    rows = cable_rows()
    stream = NormalStream(1)
    order = sorted(range(len(rows)), key=lambda _: stream.uniform())
    for index in sorted(order[: len(rows) // 10]):
        x, t, v, _ = rows[index]
        yield x, t, v + 0.1 * stream.normal(), v


# ---------------------------------------------------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------------------------------------------------

# Name, header, rows, number format, and the largest difference `--check` forgives. A value read back differs from a
# fresh one by the rounding of the text (half a unit of the last digit, of numbers below 2) and by the last bits of
# another machine's sin, exp and tanh; the tolerances are about ten times the sum.
MOTION = "trajectory,t,q,p,dqdt,dpdt,q_clean,p_clean,H"
BODIES = "trajectory,t,x1,y1,x2,y2,vx1,vy1,vx2,vy2,ax1,ay1,ax2,ay2,energy"
COMPUTED = {
    "diffusion_exact.csv": ("x,t,u", diffusion, digits(12), 1e-11),
    "heat_1d.csv": ("x,t,u", heat, digits(12), 1e-11),
    "beam.csv": ("x,t,u", beam, shortest, 1e-14),
    "burgers_shock.csv": ("x,t,u", burgers, digits(10), 1e-9),
    "spring.csv": ("t,x,v", spring, digits(12), 1e-10),
    "kepler.csv": ("t,x,y,vx,vy,x_noise002,y_noise002", kepler, digits(12), 1e-10),
    "perfusion_100.csv": ("t,S", lambda: perfusion(100, 0), digits(12), 1e-10),
    "perfusion_100_noise002.csv": ("t,S", lambda: perfusion(100, 0.02), digits(12), 1e-10),
    "perfusion_100_noise010.csv": ("t,S", lambda: perfusion(100, 0.1), digits(12), 1e-10),
    "perfusion_12.csv": ("t,S", lambda: perfusion(12, 0), digits(12), 1e-10),
    "perfusion_voxels.csv": ("voxel,t,S", perfusion_voxels, digits(7), 1e-6),
    "hamiltonian_spring.csv": (MOTION, lambda: mechanics.spring(NormalStream(0)), digits(6), 1e-5),
    "hamiltonian_pendulum.csv": (MOTION, lambda: mechanics.pendulum(NormalStream(0)), digits(6), 1e-5),
    "hamiltonian_two_body.csv": (BODIES, lambda: mechanics.two_bodies(NormalStream(0)), digits(6), 1e-5),
    "two_pixels.csv": ("x,t,V", lambda: two_pixels(0.25, 0), digits(6), 1e-5),
    "two_pixels_drug.csv": ("x,t,V", lambda: two_pixels(0.35, 1), digits(6), 1e-5),
    "perfusion_exact.csv": ("t,S,dSdt,S_smooth_001,S_smooth_01", perfusion_exact, digits(10), 1e-8),
    "elliptic_source.csv": ("x,u,q", elliptic_source, digits(12), 1e-10),
    "reaction_rate.csv": ("x,u,k", evolution.reaction_rate, digits(10), 1e-8),
    "lorenz.csv": ("t,x,y,z", evolution.lorenz, digits(10), 1e-7),
    "discovery_linear.csv": ("t,x,y", evolution.decay_and_growth, digits(9), 1e-7),
    # Chaotic: a last bit grows by 10^4, and rates are up to 300.
    "discovery_lorenz.csv": ("t,x,y,z,dxdt,dydt,dzdt", evolution.lorenz_dense, digits(8), 1e-2),
    "lotka_volterra.csv": ("t,r,p", evolution.lotka_volterra, digits(10), 1e-7),
    "allen_cahn.csv": ("x,t,u", evolution.allen_cahn, digits(7), 1e-6),
    "allen_cahn_periodic.csv": ("x,t,u", evolution.allen_cahn_periodic, digits(7), 1e-6),
    "two_species.csv": ("x,t,Ca,Cb", evolution.two_species, digits(7), 1e-6),
    "kuramoto_sivashinsky.csv": ("x,t,u", evolution.kuramoto_sivashinsky, digits(6), 1e-4),
    "l_shape.csv": ("x,y,u", harmonic.l_shape, digits(9), 1e-8),
    "four_holes.csv": ("x,y,u", harmonic.four_holes, digits(9), 1e-7),
    "action_potential_1d.csv": ("x,t,V,W", cable_rows, digits(8), 1e-6),
    "action_potential_1d_train.csv": ("x,t,V,V_clean", action_potential_training, digits(8), 1e-6),
}


def write(name, recipe):
    header, rows, text, _ = recipe
    path = os.path.join(FOLDER, name)
    partial = path + ".partial"
    with open(partial, "w", encoding="ascii", newline="\n") as file:
        file.write(header + "\n")
        for row in rows():
            file.write(",".join(text(value) for value in row) + "\n")
    os.replace(partial, path)
    return f"wrote {name}, {os.path.getsize(path)} bytes"


def read(name):
    with open(os.path.join(FOLDER, name), encoding="ascii", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        rows = [[float(cell) for cell in row] for row in reader]
    for k, row in enumerate(rows):
        if not all(map(math.isfinite, row)):
            raise ValueError(f"row {k + 2} holds a value that is not finite")
    return header, rows


def check(name, recipe):
    """Compares every cell of the file with a fresh computation; returns a sentence and whether they agree."""
    header, rows, _, tolerance = recipe
    found_header, found = read(name)
    expected = [list(row) for row in rows()]
    if found_header != header.split(","):
        return f"columns {','.join(found_header)}, expected {header}", False
    if len(found) != len(expected) or any(len(row) != len(found_header) for row in found):
        return f"{len(found)} rows, expected {len(expected)} of {len(found_header)} cells", False
    largest = max(abs(p - q) for row, other in zip(found, expected) for p, q in zip(row, other))
    return f"{len(found)} rows, largest difference {largest:.1e}, allowed {tolerance:.0e}", largest <= tolerance


def grid(name, columns, xs, ts):
    """The rows of a published file, one list for each time, after its grid has been verified."""
    header, rows = read(name)
    if header != columns or len(rows) != len(xs) * len(ts) or any(len(row) != len(columns) for row in rows):
        raise ValueError(f"columns {','.join(header)} and {len(rows)} rows")
    for k, row in enumerate(rows):
        if abs(row[0] - xs[k % len(xs)]) > 1e-9 or abs(row[1] - ts[k // len(xs)]) > 1e-9:
            raise ValueError(f"row {k + 2} is not on the grid")
    return [rows[j * len(xs) : (j + 1) * len(xs)] for j in range(len(ts))]


def drift(totals):
    return max(abs(value / totals[0] - 1) for value in totals)


def check_schrodinger():
    """Initial value 2 sech x, modulus column, and ∫|h|² dx.

    Values carry six digits, so one near 4 may be 5e-6 off and the modulus of two such values 12e-6; sums over a period
    of equally spaced points are exact for what the grid resolves.
    """
    xs, ts = [-5 + 5 * i / 64 for i in range(128)], [round(math.pi * j / 100, 7) for j in range(51)]
    frames = grid("schrodinger.csv", ["x", "t", "u", "v", "h"], xs, ts)
    start = max(abs(u - 2 / math.cosh(x)) + abs(v) for x, _, u, v, _ in frames[0])
    modulus = max(abs(math.hypot(u, v) - h) for frame in frames for _, _, u, v, h in frame)
    mass = drift([sum(u * u + v * v for _, _, u, v, _ in frame) for frame in frames])
    text = f"initial value {start:.1e}, modulus {modulus:.1e}, drift of mass {mass:.1e}, allowed 2e-05 each"
    return text, max(start, modulus, mass) < 2e-5


def check_kdv():
    """Initial value cos(πx), ∫u dx = 0 and ∫u² dx; values up to 2.3 have six digits, so 5e-6 may be lost."""
    xs, ts = [-1 + i / 64 for i in range(128)], [j / 100 for j in range(101)]
    frames = grid("kdv.csv", ["x", "t", "u"], xs, ts)
    start = max(abs(u - math.cos(math.pi * x)) for x, _, u in frames[0])
    mean = max(abs(sum(u for _, _, u in frame)) / 128 for frame in frames)
    energy = drift([sum(u * u for _, _, u in frame) for frame in frames])
    text = f"initial value {start:.1e}, mean {mean:.1e}, drift of ∫u² {energy:.1e}, allowed 1e-05 each"
    return text, max(start, mean, energy) < 1e-5


def columns(name, expected, count):
    """The rows of a published file whose columns and number of rows are as expected."""
    header, rows = read(name)
    if header != expected.split(",") or len(rows) != count or any(len(row) != len(header) for row in rows):
        raise ValueError(f"columns {','.join(header)} and {len(rows)} rows")
    return rows


def check_cylinder_wake():
    """Places and times in the window, and u of the snapshot within 0.1 of the samples close by."""
    samples = [row for row in columns("cylinder_wake.csv", "x,y,t,u,v", 12000)]
    snapshot = columns("cylinder_wake_snapshot.csv", "x,y,t,u,v,p", 3000)
    inside = all(1 <= x <= 8 and abs(y) <= 2 and 0 <= t <= 7 for x, y, t, _, _ in samples)
    pairs = [
        abs(a[3] - b[3]) for a in samples if a[2] == 0 for b in snapshot if math.hypot(a[0] - b[0], a[1] - b[1]) < 0.02
    ]
    return f"{len(pairs)} pairs of neighbours, largest difference of u {max(pairs):.2f}, allowed 0.1", inside and max(pairs) < 0.1


def check_camera():
    """64 × 64 pixels; the derivatives are the differences of the neighbours."""
    rows = columns("camera.csv", "x,y,intensity,dI_dx,dI_dy,lap_I", 4096)
    step, largest = 1 / 32, 0.0
    for j in range(1, 63):
        for i in range(1, 63):
            left, right, up, down = (rows[k][2] for k in (64 * j + i - 1, 64 * j + i + 1, 64 * j + i - 64, 64 * j + i + 64))
            x, y, value, by_x, by_y, laplacian = rows[64 * j + i]
            off = abs(x - (i - 31.5) * step) + abs(y - (j - 31.5) * step) + abs(by_x - (right - left) / (2 * step))
            off += abs(by_y - (down - up) / (2 * step)) + step**2 * abs(laplacian - (left + right + up + down - 4 * value) / step**2)
            largest = max(largest, off)
    return f"largest difference {largest:.1e}, allowed 1e-02", largest < 1e-2


def check_nuclei():
    """128 × 128 pixels, x running fastest; labels 0 and 1."""
    rows = columns("nuclei.csv", "x,y,intensity,noisy,label", 16384)
    placed = all(row[0] == k % 128 and row[1] == k // 128 and row[4] in (0, 1) for k, row in enumerate(rows))
    noise = math.sqrt(sum((row[3] - row[2]) ** 2 for row in rows) / len(rows))
    return f"noise {noise:.4f}, expected 0.15", placed and abs(noise - 0.15) < 0.005


PUBLISHED = {
    "schrodinger.csv": check_schrodinger,
    "kdv.csv": check_kdv,
    "cylinder_wake.csv": check_cylinder_wake,
    "camera.csv": check_camera,
    "nuclei.csv": check_nuclei,
}


def check_all(computed, published):
    checks = {name: (lambda name=name, recipe=recipe: check(name, recipe)) for name, recipe in computed.items()}
    failures = 0
    for name, compare in (checks | published).items():
        try:
            text, agrees = compare()
        except (OSError, ValueError, StopIteration) as error:
            text, agrees = str(error) or "empty file", False
        failures += not agrees
        print(f"{'ok  ' if agrees else 'FAIL'} {name}: {text}")
    return 1 if failures else 0


def run(computed, published, description):
    """The command line: writes the `computed` files or checks these and the `published` ones; ends the program."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="file", help="which files to write; all by default")
    parser.add_argument("--check", action="store_true", help="compare all files with a fresh computation")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in computed:
            parser.error(f"'{name}' is not computed here; choose from {', '.join(computed)}")
    if arguments.check:
        if arguments.names:
            parser.error("--check takes no file names")
        sys.exit(check_all(computed, published))
    for name in arguments.names or computed:
        print(write(name, computed[name]))


if __name__ == "__main__":
    run(COMPUTED, PUBLISHED, __doc__)
