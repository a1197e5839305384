#!/usr/bin/env python3
"""Writes the data files that take a simulation in space and time, or checks the files that are here.

    python3 data/simulate.py                 writes every simulated file
    python3 data/simulate.py tissue_2d.csv … writes these only
    python3 data/simulate.py --check         compares every file with a fresh simulation, writes nothing

Needs NumPy and SciPy and takes some minutes; `generate.py` has all that is cheaper. README.md describes each file.
"""

import functools

import numpy as np
from scipy.interpolate import LinearNDInterpolator

import flow
import generate


# ---------------------------------------------------------------------------------------------------------------------
# Cardiac tissue
# ---------------------------------------------------------------------------------------------------------------------

TISSUE_STEP = 0.1  # mm


def sheet(columns, rows, diffusivity, w_start, last):
    """Aliev-Panfilov tissue: frames (V, W) at t = 0, 1, … `last` of `columns` × `rows` cells of 0.1 mm, no flux outside.

        V_t = div(D grad V) - k V (V - a)(V - 1) - V W        W_t = (ε + μ1 W/(V + μ2)) (-W - k V (V - b - 1))

    a = 0.01, b = 0.15, k = 8, μ1 = 0.2, μ2 = 0.3, ε = 0.002. V is held at 1 in the corner of 4 × 4 cells until t = 1. Fluxes
    between cells take the mean D of both; classical Runge-Kutta, 200 steps per unit of time. Arrays are [x, y].
    """
    a, b, k, mu1, mu2, eps, steps = 0.01, 0.15, 8.0, 0.2, 0.3, 0.002, 200
    dt = 1.0 / steps
    across_x = (diffusivity[1:] + diffusivity[:-1]) / 2 / TISSUE_STEP**2
    across_y = (diffusivity[:, 1:] + diffusivity[:, :-1]) / 2 / TISSUE_STEP**2

    def rates(v, w):
        dv = -k * v * (v - a) * (v - 1) - v * w
        flux = across_x * np.diff(v, axis=0)
        dv[:-1] += flux
        dv[1:] -= flux
        flux = across_y * np.diff(v, axis=1)
        dv[:, :-1] += flux
        dv[:, 1:] -= flux
        return dv, (eps + mu1 * w / (v + mu2)) * (-w - k * v * (v - b - 1))

    v, w = np.zeros((columns, rows)), np.full((columns, rows), w_start)
    v[:4, :4] = 1
    yield v, w
    for frame in range(last):
        for _ in range(steps):
            v1, w1 = rates(v, w)
            v2, w2 = rates(v + dt / 2 * v1, w + dt / 2 * w1)
            v3, w3 = rates(v + dt / 2 * v2, w + dt / 2 * w2)
            v4, w4 = rates(v + dt * v3, w + dt * w3)
            v, w = v + dt / 6 * (v1 + 2 * v2 + 2 * v3 + v4), w + dt / 6 * (w1 + 2 * w2 + 2 * w3 + w4)
            if frame == 0:
                v[:4, :4] = 1
        yield v, w


def positions(count):
    return TISSUE_STEP * np.arange(1, count + 1)


def frame_rows(t, frame, every):
    """Rows x, y, t, V, W of every `every`-th cell, x running fastest."""
    v, w = frame
    xs, ys = positions(v.shape[0]), positions(v.shape[1])
    for j in range(1, len(ys), every):
        for i in range(1, len(xs), every):
            yield xs[i], ys[j], t, v[i, j], w[i, j]


@functools.cache
def even_sheet():
    return list(sheet(100, 90, np.full((100, 90), 0.1), 0.0, 59))


def tissue_2d():
    for t in range(1, 60, 2):
        yield from frame_rows(t, even_sheet()[t], 4)


def tissue_2d_start():
    yield from frame_rows(1, even_sheet()[1], 2)


def slow_square():
    """D of the sheet with a slow square: 0.1 mm²/AU, 0.02 inside."""
    s = positions(100)
    m = (np.tanh((s - 3.25) / 0.15) - np.tanh((s - 5.45) / 0.15)) / 2
    return 0.1 - 0.08 * np.outer(m, m)


@functools.cache
def uneven_sheet():
    return list(sheet(100, 100, slow_square(), 0.01, 40))


def tissue_map():
    for t in range(1, 41, 2):
        yield from frame_rows(t, uneven_sheet()[t], 4)


def tissue_map_start():
    yield from frame_rows(1, uneven_sheet()[1], 2)


def tissue_map_truth():
    s, d = positions(100), slow_square()
    for j in range(1, 100, 2):
        for i in range(1, 100, 2):
            yield s[i], s[j], 1, d[i, j], d[i, j] < 0.06


# ---------------------------------------------------------------------------------------------------------------------
# Impedance tomography
# ---------------------------------------------------------------------------------------------------------------------


def conductivity(x, y):
    """A good and a bad conductor in a disk, and the derivatives by x and y."""
    good = 1.5 * np.exp(-((x + 0.35) ** 2 + (y - 0.30) ** 2) / (2 * 0.20**2))
    bad = -0.6 * np.exp(-((x - 0.40) ** 2 + (y + 0.25) ** 2) / (2 * 0.25**2))
    by_x = -(x + 0.35) / 0.20**2 * good - (x - 0.40) / 0.25**2 * bad
    by_y = -(y - 0.30) / 0.20**2 * good - (y + 0.25) / 0.25**2 * bad
    return 1 + good + bad, by_x, by_y


PATTERNS = [(n, part) for n in (1, 2, 3, 4) for part in (np.cos, np.sin)]


@functools.cache
def potentials():
    """div(σ grad u) = 0 in the unit disk, σ u_r = cos nθ or sin nθ on the circle, zero mean there; n = 1 … 4.

    Polynomials r^(m + 2j), cos mθ and sin mθ as a basis, in the form of Chebyshev polynomials of 2r² - 1 times r^m; they
    fulfil the equation at points of the disk, and the current at points of the circle, in the sense of least squares.
    Gives the function that evaluates all eight potentials at points.
    """
    angular, radial = 40, 24
    tail = [(m, part) for m in range(angular) for part in (np.cos, np.sin) if not (m == 0 and part is np.sin)]

    def radial_functions(r, m):
        """Values, r times first and r² times second derivatives of r^m T_j(2r² - 1), j < radial."""
        count = radial if m == 0 else max(1, radial - m // 2)
        s = 2 * r * r - 1
        t = [np.ones_like(r), s]
        d = [np.zeros_like(r), np.ones_like(r)]
        e = [np.zeros_like(r), np.zeros_like(r)]
        for _ in range(2, max(count, 2)):
            e.append(2 * s * e[-1] + 4 * d[-1] - e[-2])
            d.append(2 * s * d[-1] + 2 * t[-1] - d[-2])
            t.append(2 * s * t[-1] - t[-2])
        for j in range(count):
            first = 4 * r * r * d[j]  # r dT/dr
            second = 4 * r * r * d[j] + 16 * r**4 * e[j]  # r² d²T/dr²
            power = r**m
            yield power * t[j], power * (m * t[j] + first), power * (m * (m - 1) * t[j] + 2 * m * first + second)

    def columns(r, theta):
        """Values, r u_r, u_θ and r² Δu of every basis function."""
        for m, part in tail:
            if part is np.cos:
                angle, turned = np.cos(m * theta), -m * np.sin(m * theta)
            else:
                angle, turned = np.sin(m * theta), m * np.cos(m * theta)
            for f, df, ddf in radial_functions(r, m):
                yield f * angle, df * angle, f * turned, (ddf + df - m * m * f) * angle

    # Gauss-like points: crowded at the circle, where the current is prescribed.
    r = np.sin(np.pi / 2 * (np.arange(40) + 0.5) / 40)
    theta = 2 * np.pi * np.arange(90) / 90
    r, theta = (grid.ravel() for grid in np.meshgrid(r, theta))
    sigma, by_x, by_y = conductivity(r * np.cos(theta), r * np.sin(theta))
    by_r = by_x * np.cos(theta) + by_y * np.sin(theta)
    by_theta = r * (-by_x * np.sin(theta) + by_y * np.cos(theta))
    weight = 1 / r  # r² Δu and the like, divided by r: neither the center nor the circle rules
    inside = np.array(
        [weight * (sigma * lap + r * by_r * dr + by_theta * dt) for _, dr, dt, lap in columns(r, theta)]
    ).T
    circle = 2 * np.pi * np.arange(180) / 180
    sigma_edge = conductivity(np.cos(circle), np.sin(circle))[0]
    edge = list(columns(np.ones_like(circle), circle))
    current = np.array([sigma_edge * dr for _, dr, _, _ in edge]).T
    mean = np.array([[f.mean() for f, _, _, _ in edge]])
    matrix = np.vstack([inside, 30 * current, 30 * mean])
    right = np.zeros((len(matrix), len(PATTERNS)))
    for k, (n, part) in enumerate(PATTERNS):
        right[len(inside) : -1, k] = 30 * part(n * circle)
    coefficients = np.linalg.lstsq(matrix, right, rcond=None)[0]

    def evaluate(x, y):
        basis = np.array([f for f, _, _, _ in columns(np.hypot(x, y), np.arctan2(y, x))]).T
        return basis @ coefficients

    return evaluate


def seeds():
    """1000 points of the unit disk, spread like the seeds of a sunflower."""
    i = np.arange(1000)
    r, theta = np.sqrt((i + 0.5) / 1000), np.pi * (3 - np.sqrt(5)) * i
    return r * np.cos(theta), r * np.sin(theta)


def impedance_interior():
    """The eight potentials at each point in one row."""
    x, y = seeds()
    yield from zip(x, y, conductivity(x, y)[0], *potentials()(x, y).T)


def impedance_patterns():
    """The same, a row for each pattern and point."""
    x, y = seeds()
    for k, u in enumerate(potentials()(x, y).T):
        for row in zip(x, y, conductivity(x, y)[0], u):
            yield k + 1, *row


def impedance_boundary():
    """Currents and voltages at 64 angles, and voltages with noise of half a per cent of each pattern's largest; seed 0."""
    theta = 2 * np.pi * np.arange(64) / 64
    x, y = np.cos(theta), np.sin(theta)
    x[[16, 48]], y[[0, 32]] = 0, 0
    voltages = potentials()(x, y)
    stream = generate.NormalStream(0)
    for k, (n, part) in enumerate(PATTERNS):
        sd = 0.005 * np.abs(voltages[:, k]).max()
        for i in range(64):
            u = voltages[i, k]
            yield k + 1, theta[i], x[i], y[i], part(n * theta[i]), u, u + sd * stream.normal()


# ---------------------------------------------------------------------------------------------------------------------
# Flow
# ---------------------------------------------------------------------------------------------------------------------


def corner_rows(mesh, velocities, pressures, every):
    """Rows x, y, u, v, p at every `every`-th corner of the triangles, where all three are values of the method itself."""
    for i in range(0, mesh.corner_count, every):
        yield *mesh.nodes[i], *velocities[i], pressures[i]


@functools.cache
def channel():
    return flow.channel_mesh()


def stokes_cylinder():
    yield from corner_rows(channel(), *flow.solve(channel(), 1e-3, flow.channel_velocity, convection=False), 3)


def cylinder():
    yield from corner_rows(channel(), *flow.solve(channel(), 1e-3, flow.channel_velocity), 3)


def square_rows(mesh, velocities, pressures):
    """Rows x, y, u, v, p on 41 × 41 points, interpolated between the nodes (velocity) and the corners (pressure)."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(41) / 40, np.arange(41) / 40))
    velocity = LinearNDInterpolator(mesh.nodes, velocities)(x, y)
    pressure = LinearNDInterpolator(mesh.nodes[: mesh.corner_count], pressures)(x, y)
    yield from zip(x, y, *velocity.T, pressure)


def cavity():
    mesh = flow.square_mesh(64)
    given = functools.partial(flow.lid_velocity, smooth=True)
    yield from square_rows(mesh, *flow.solve(mesh, 0.01, given, pin_pressure=True, halvings=1))


def cavity_re400():
    mesh = flow.square_mesh(64)
    yield from square_rows(mesh, *flow.solve(mesh, 1 / 400, flow.lid_velocity, pin_pressure=True, halvings=2))


def backward_step():
    mesh = flow.step_mesh()
    yield from corner_rows(mesh, *flow.solve(mesh, 0.01, flow.step_velocity, halvings=2), 1)


# ---------------------------------------------------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------------------------------------------------

TISSUE = "x,y,t,V,W"
FLOW = "x,y,u,v,p"
SIMULATED = {
    "tissue_2d.csv": (TISSUE, tissue_2d, generate.decimals(4), 1e-3),
    "tissue_2d_start.csv": (TISSUE, tissue_2d_start, generate.decimals(4), 1e-3),
    "tissue_map.csv": (TISSUE, tissue_map, generate.decimals(4), 1e-3),
    "tissue_map_start.csv": (TISSUE, tissue_map_start, generate.decimals(4), 1e-3),
    "tissue_map_truth.csv": ("x,y,t,D,slow", tissue_map_truth, generate.decimals(4), 1e-3),
    "stokes_cylinder.csv": (FLOW, stokes_cylinder, generate.digits(5), 1e-4),
    "cylinder.csv": (FLOW, cylinder, generate.digits(5), 1e-4),
    "cavity.csv": (FLOW, cavity, generate.digits(5), 1e-4),
    "cavity_re400.csv": (FLOW, cavity_re400, generate.digits(5), 1e-3),
    "backward_step.csv": (FLOW, backward_step, generate.digits(5), 1e-4),
    "impedance_interior.csv": ("x,y,sigma,u1,u2,u3,u4,u5,u6,u7,u8", impedance_interior, generate.digits(6), 1e-5),
    "impedance_patterns.csv": ("pattern,x,y,sigma,u", impedance_patterns, generate.digits(6), 1e-5),
    "impedance_boundary.csv": ("pattern,theta,x,y,g,u,u_noise", impedance_boundary, generate.digits(7), 1e-5),
}

if __name__ == "__main__":
    generate.run(SIMULATED, {}, __doc__)
