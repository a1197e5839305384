"""Steady flows in the plane by finite elements: Stokes and Navier-Stokes. Needs NumPy and SciPy.

    (u·∇)u = -∇p + ν Δu,  div u = 0,  velocity given on parts of the boundary, ν ∂u/∂n = p n on the others.

Taylor-Hood triangles: velocity quadratic, pressure linear; error of the velocity O(h³), of the pressure O(h²).
"""

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as solvers
from scipy.spatial import Delaunay

# Quadrature of degree 5 with seven points: barycentric coordinates and weights (Radon 1948).
_a, _b = (6 - np.sqrt(15)) / 21, (6 + np.sqrt(15)) / 21
QUADRATURE = np.array(
    [[1 / 3] * 3]
    + [[1 - 2 * c if i == j else c for i in range(3)] for c in (_a, _b) for j in range(3)]
)
WEIGHTS = np.array([9 / 40] + [(155 - np.sqrt(15)) / 1200] * 3 + [(155 + np.sqrt(15)) / 1200] * 3)
EDGES = ((1, 2), (2, 0), (0, 1))


def shape_functions(l):
    """Values [6] of the quadratic functions and their derivatives [6, 3] by the barycentric coordinates l."""
    values = [l[i] * (2 * l[i] - 1) for i in range(3)] + [4 * l[i] * l[j] for i, j in EDGES]
    slopes = np.zeros((6, 3))
    for i in range(3):
        slopes[i, i] = 4 * l[i] - 1
    for k, (i, j) in enumerate(EDGES):
        slopes[3 + k, i], slopes[3 + k, j] = 4 * l[j], 4 * l[i]
    return np.array(values), slopes


class Mesh:
    """Triangles of `points` that `inside` keeps by their centers; nodes are the corners, then the middles of edges."""

    def __init__(self, points, inside):
        corners = Delaunay(points).simplices
        corners = corners[inside(points[corners].mean(axis=1))]
        used, corners = np.unique(corners, return_inverse=True)
        corners = corners.reshape(-1, 3)
        points = points[used]
        ends = np.sort(np.concatenate([corners[:, list(edge)] for edge in EDGES]), axis=1)
        pairs, which = np.unique(ends, axis=0, return_inverse=True)
        self.corners = corners
        self.corner_count = len(points)
        self.nodes = np.concatenate([points, points[pairs].mean(axis=1)])
        self.elements = np.hstack([corners, len(points) + which.reshape(3, -1).T])
        a, b, c = (points[corners[:, i]] for i in range(3))
        twice = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        self.area = np.abs(twice) / 2
        # Gradients of the barycentric coordinates, [element, 3, 2].
        self.slopes = np.stack(
            [np.stack([p[:, 1] - q[:, 1], q[:, 0] - p[:, 0]], axis=1) / twice[:, None] for p, q in ((b, c), (c, a), (a, b))],
            axis=1,
        )


def solve(mesh, viscosity, given, convection=True, pin_pressure=False, halvings=0):
    """Velocities [node, 2] and pressures [corner].

    `given(x, y)` is the velocity on the boundary, not a number where none is given. `pin_pressure` makes the pressure of the
    first corner 0, for domains without outflow. Newton's method from the Stokes flow, with a viscosity 2^`halvings` times as
    large at first.
    """
    count, total = len(mesh.nodes), 2 * len(mesh.nodes) + mesh.corner_count
    velocity = given(*mesh.nodes.T)
    known = ~np.isnan(velocity[:, 0])
    fixed = np.concatenate([np.flatnonzero(known), count + np.flatnonzero(known)])
    values = np.concatenate([velocity[known, 0], velocity[known, 1]])
    if pin_pressure:
        fixed, values = np.append(fixed, 2 * count), np.append(values, 0.0)
    free = np.setdiff1d(np.arange(total), fixed)
    state = np.zeros(total)
    state[fixed] = values
    steps = [(viscosity, False)]
    if convection:
        steps += [(viscosity * 2**k, True) for k in reversed(range(halvings + 1))]
    for nu, convects in steps:
        for _ in range(20):
            matrix, residual = system(mesh, nu, convects, state)
            factors = solvers.splu(matrix[free][:, free].tocsc())
            change = factors.solve(-residual[free])
            state[free] += change
            if np.abs(change).max() < 1e-10:
                break
    return np.stack([state[:count], state[count : 2 * count]], axis=1), state[2 * count :]


def system(mesh, nu, convects, state):
    """The weak form's residual at `state` and its derivative."""
    count, total = len(mesh.nodes), len(state)
    e, c = mesh.elements, mesh.corners
    u = np.stack([state[e], state[count + e]], axis=2)  # [element, 6, 2]
    p = state[2 * count + c]
    blocks = np.zeros((len(e), 15, 15))
    residual = np.zeros((len(e), 15))
    for l, weight in zip(QUADRATURE, WEIGHTS):
        n, by_l = shape_functions(l)
        g = np.einsum("il,elk->eik", by_l, mesh.slopes)  # [element, 6, 2]
        w = weight * mesh.area
        stiff = nu * np.einsum("e,eik,ejk->eij", w, g, g)
        field, grad = np.einsum("i,eik->ek", n, u), np.einsum("eij,eik->ekj", g, u)  # grad[k, j] = d u_k / d x_j
        pressure = p @ l
        for k in range(2):
            rows = slice(6 * k, 6 * k + 6)
            blocks[:, rows, rows] += stiff
            residual[:, rows] += np.einsum("eij,ej->ei", stiff, u[:, :, k]) - (w * pressure)[:, None] * g[:, :, k]
            blocks[:, rows, 12:] -= np.einsum("e,ei,j->eij", w, g[:, :, k], l)
            blocks[:, 12:, rows] -= np.einsum("e,i,ej->eij", w, l, g[:, :, k])
            if convects:
                carried = np.einsum("ej,eij->ei", field, g)
                blocks[:, rows, rows] += np.einsum("e,i,ej->eij", w, n, carried)
                residual[:, rows] += np.einsum("e,i,e->ei", w, n, np.einsum("ej,ej->e", field, grad[:, k]))
                for j in range(2):
                    columns = slice(6 * j, 6 * j + 6)
                    blocks[:, rows, columns] += np.einsum("e,i,e,j->eij", w, n, grad[:, k, j], n)
        residual[:, 12:] -= np.einsum("e,i,e->ei", w, l, grad[:, 0, 0] + grad[:, 1, 1])
    places = np.hstack([e, count + e, 2 * count + c])
    rows, columns = np.repeat(places, 15, axis=1).ravel(), np.tile(places, (1, 15)).ravel()
    matrix = sparse.csr_matrix((blocks.ravel(), (rows, columns)), shape=(total, total))
    return matrix, np.bincount(places.ravel(), residual.ravel(), minlength=total)


def channel_mesh():
    """The channel [0, 2.2] × [0, 0.41] without the disk of radius 0.05 about (0.2, 0.2)."""
    turns = 2 * np.pi * np.arange(120) / 120
    points = []
    for k, r in enumerate(0.05 * 1.055 ** np.arange(21)):
        angle = turns + (k % 2) * np.pi / 120
        points.append(np.stack([0.2 + r * np.cos(angle), 0.2 + r * np.sin(angle)], axis=1))
    xs = np.concatenate([np.arange(0, 0.6, 0.0125), 0.6 + 1.6 * np.linspace(0, 1, 81) ** 1.15])
    ys = 0.205 - 0.205 * np.cos(np.pi * np.arange(33) / 32)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    distance = np.hypot(grid[:, 0] - 0.2, grid[:, 1] - 0.2)
    points.append(grid[distance > 0.153])
    return Mesh(np.concatenate(points), lambda center: np.hypot(center[:, 0] - 0.2, center[:, 1] - 0.2) > 0.05)


def channel_velocity(x, y):
    """Inflow 1.2 y (0.41 - y)/0.41² at x = 0, 0 on walls and cylinder, none given at x = 2.2."""
    velocity = np.full((len(x), 2), np.nan)
    walls = (y < 1e-9) | (y > 0.41 - 1e-9) | (np.hypot(x - 0.2, y - 0.2) < 0.0501)
    velocity[walls] = 0
    inflow = x < 1e-9
    velocity[inflow, 0], velocity[inflow, 1] = (1.2 * y * (0.41 - y) / 0.41**2)[inflow], 0
    return velocity


def square_mesh(cells):
    """The unit square, with points crowding at the walls."""
    s = (1 - np.cos(np.pi * np.arange(cells + 1) / cells)) / 2
    return Mesh(np.stack(np.meshgrid(s, s), axis=-1).reshape(-1, 2), lambda center: np.ones(len(center), bool))


def lid_velocity(x, y, smooth=False):
    """On the lid y = 1, corners included, 1 or 4x(1 - x) where `smooth`; 0 on the walls."""
    velocity = np.full((len(x), 2), np.nan)
    velocity[(x < 1e-9) | (x > 1 - 1e-9) | (y < 1e-9)] = 0
    lid = y > 1 - 1e-9
    velocity[lid, 0], velocity[lid, 1] = (4 * x * (1 - x))[lid] if smooth else 1, 0
    return velocity


def step_mesh():
    """[0, 4] × [0, 2] without [0, 2] × [1, 2]; lines crowd at the walls and at x = 2."""
    s = (1 - np.cos(np.pi * np.arange(25) / 24)) / 2
    xs = np.concatenate([2 * s, 2 + 2 * np.linspace(0, 1, 31)[1:] ** 1.3])
    ys = np.concatenate([s, 1 + s[1:]])
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    grid = grid[(grid[:, 0] > 2 - 1e-9) | (grid[:, 1] < 1 + 1e-9)]
    return Mesh(grid, lambda center: (center[:, 0] > 2) | (center[:, 1] < 1))


def step_velocity(x, y):
    """Inflow 4y(1 - y) at x = 0, 0 on the walls, none given at x = 4."""
    velocity = np.full((len(x), 2), np.nan)
    walls = (y < 1e-9) | (y > 2 - 1e-9) | ((x < 2 + 1e-9) & (y > 1 - 1e-9))
    velocity[walls] = 0
    inflow = x < 1e-9
    velocity[inflow, 0], velocity[inflow, 1] = (4 * y * (1 - y))[inflow], 0
    return velocity
