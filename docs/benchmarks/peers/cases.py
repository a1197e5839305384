"""The problems that are timed: equations, points, networks and weights, in NumPy.

A case has fields u_k(x; θ), the outputs of one multilayer perceptron

    a_0 = x,   a_l = tanh(a_{l-1} W_l + b_l),   u = a_L W + b,

interior points at which the residuals r_e of its equations are asked to vanish, and value points at which the fields
are asked to be g. One training step is the loss

    L(θ) = Σ_e mean_interior r_e² + Σ_k mean_values (u_k − g_k)²

and its gradient with respect to all weights and biases θ. The optimizer is left out.

Points and weights come from fixed seeds, so every peer computes the same number, and compare.py checks that it does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# A sum of partial derivatives: ((0, 0), (1, 1)) is ∂²/∂x₀² + ∂²/∂x₁².
Part = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Case:
    name: str
    ranges: list[tuple[float, float]]
    """The interval of each input."""
    hidden: list[int]
    """The widths of the hidden layers."""
    parts: dict[str, Part]
    """The derivatives that the residuals need, by name. The fields themselves are always there."""
    residuals: Callable
    """(u, d) -> one array of residuals an equation; u[k] is field k and d(part, k) a derivative of it."""
    interior: int
    values: int
    faces: list[tuple[int, int]]
    """The faces with value points: (input, 0 for its lower end or 1 for its upper end)."""
    given: Callable
    """x -> the value of each field at value points, one column a field."""
    outputs: int = 1
    equations: int = 1
    seed: int = 1

    @property
    def widths(self) -> list[int]:
        return [len(self.ranges), *self.hidden, self.outputs]

    @property
    def parameter_count(self) -> int:
        return sum((before + 1) * after for before, after in zip(self.widths, self.widths[1:]))

    def weights(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(W, b) of each layer: W of shape (in, out) has variance 2/(in + out), Glorot's, and b is zero."""
        random = np.random.default_rng([self.seed, 0])
        layers = []
        for before, after in zip(self.widths, self.widths[1:]):
            spread = np.sqrt(2 / (before + after))
            layers.append((spread * random.standard_normal((before, after)), np.zeros(after)))
        return layers

    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Interior points, value points, and what the fields shall be at the latter; rows are points."""
        random = np.random.default_rng([self.seed, 1])
        low, high = np.array(self.ranges, dtype=float).T
        inside = random.uniform(low, high, (self.interior, len(low)))
        at = random.uniform(low, high, (self.values, len(low)))
        for row, point in enumerate(at):
            axis, end = self.faces[row % len(self.faces)]
            point[axis] = self.ranges[axis][end]
        given = np.asarray(self.given(at), dtype=float).reshape(self.values, self.outputs)
        return inside, at, given


X, T, XX, XXX, XXXX = ((0,),), ((1,),), ((0, 0),), ((0, 0, 0),), ((0, 0, 0, 0),)
LINE = [(-1.0, 1.0), (0.0, 1.0)]
START, ENDS = (1, 0), [(0, 0), (0, 1)]


def burgers(name: str, hidden: list[int], interior: int, values: int) -> Case:
    """u_t + u u_x − ν u_xx with ν = 0.01/π; u = −sin πx at t = 0, x = −1 and x = 1."""

    def residuals(u, d):
        return [d("t", 0) + u[0] * d("x", 0) - 0.01 / np.pi * d("xx", 0)]

    return Case(
        name, LINE, hidden, {"t": T, "x": X, "xx": XX}, residuals, interior, values, [START, *ENDS],
        lambda x: -np.sin(np.pi * x[:, 0]))


def third() -> Case:
    """The equation of Korteweg and de Vries, u_t + u u_x + 0.0025 u_xxx; u = cos πx at t = 0."""

    def residuals(u, d):
        return [d("t", 0) + u[0] * d("x", 0) + 0.0025 * d("xxx", 0)]

    return Case(
        "third", LINE, [64] * 4, {"t": T, "x": X, "xxx": XXX}, residuals, 10_000, 400, [START],
        lambda x: np.cos(np.pi * x[:, 0]))


def fourth() -> Case:
    """The equation of Kuramoto and Sivashinsky, u_t + u u_x + u_xx + u_xxxx; u = cos πx at t = 0."""

    def residuals(u, d):
        return [d("t", 0) + u[0] * d("x", 0) + d("xx", 0) + d("xxxx", 0)]

    return Case(
        "fourth", LINE, [64] * 4, {"t": T, "x": X, "xx": XX, "xxxx": XXXX}, residuals, 10_000, 400, [START],
        lambda x: np.cos(np.pi * x[:, 0]))


def system() -> Case:
    """The equations of Aliev and Panfilov in the plane, with fields V, W of x, y, t:

        V_t − D (V_xx + V_yy) + k V (V − a)(V − 1) + V W,
        W_t − (ε + µ₁ W/(µ₂ + V)) (−W − k V (V − b − 1)),

    V and W given at t = 0. The seed is one whose initial network stays clear of the pole at V = −µ₂, next to which
    the loss would be mostly rounding.
    """
    a, b, D, k, mu1, mu2, eps = 0.01, 0.15, 0.1, 8.0, 0.2, 0.3, 0.002

    def residuals(u, d):
        V, W = u
        voltage = d("t", 0) - D * d("laplacian", 0) + k * V * (V - a) * (V - 1) + V * W
        recovery = d("t", 1) - (eps + mu1 * W / (mu2 + V)) * (-W - k * V * (V - b - 1))
        return [voltage, recovery]

    return Case(
        "system", [(0.0, 1.0)] * 3, [30] * 3, {"t": ((2,),), "laplacian": ((0, 0), (1, 1))}, residuals, 20_000, 400,
        [(2, 0)], lambda x: np.stack([np.exp(-10 * x[:, 0] ** 2), 0 * x[:, 0]], axis=1), outputs=2,
        equations=2, seed=9)


def ode() -> Case:
    """A damped spring, m u'' + c u' + k u with m = 1, c = 0.4, k = 4; u(0) = 1."""

    def residuals(u, d):
        return [d("xx", 0) + 0.4 * d("x", 0) + 4.0 * u[0]]

    return Case(
        "ode", [(0.0, 1.0)], [32] * 2, {"x": X, "xx": XX}, residuals, 200, 1, [(0, 0)], lambda x: np.ones(len(x)))


def laplace10() -> Case:
    """Poisson's equation in ten dimensions, Σ_i u_ii = 20 in the unit cube; u = Σ_i x_i² on its faces."""

    def residuals(u, d):
        return [d("laplacian", 0) - 20.0]

    return Case(
        "laplace10", [(0.0, 1.0)] * 10, [64] * 4, {"laplacian": tuple((i, i) for i in range(10))}, residuals, 10_000,
        400, [(i, end) for i in range(10) for end in (0, 1)], lambda x: np.sum(x * x, axis=1))


CASES = {
    case.name: case
    for case in [
        burgers("small", [20] * 3, 2_540, 240),
        burgers("mid", [64] * 4, 10_000, 400),
        burgers("wide", [128] * 4, 10_000, 400),
        third(),
        fourth(),
        system(),
        ode(),
        laplace10(),
    ]
}


def named(names: str) -> list[Case]:
    """The cases of a list such as `small,mid`; all cases for the empty string."""
    wanted = [name for name in names.split(",") if name] or list(CASES)
    unknown = [name for name in wanted if name not in CASES]
    if unknown:
        raise SystemExit(f"no case {', '.join(unknown)}; the cases are {', '.join(CASES)}")
    return [CASES[name] for name in wanted]
