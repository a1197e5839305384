"""Solutions of Laplace's and Poisson's equation in the plane by series that solve the equation term by term.

The coefficients make the series fit the boundary values in the sense of least squares; by the maximum principle the
largest error on the boundary bounds the error inside. Standard library only.
"""

import cmath
import math


def least_squares(rows, values):
    """Minimises |A c - b| by Householder reflections of A = `rows`, b = `values`."""
    a = [list(row) + [value] for row, value in zip(rows, values)]
    count, columns = len(a), len(a[0]) - 1
    for k in range(columns):
        norm = math.sqrt(sum(a[i][k] ** 2 for i in range(k, count)))
        alpha = -math.copysign(norm, a[k][k])
        v = [a[i][k] for i in range(k, count)]
        v[0] -= alpha
        square = sum(x * x for x in v)
        for j in range(k, columns + 1):
            factor = 2 * sum(x * a[k + i][j] for i, x in enumerate(v)) / square
            for i, x in enumerate(v):
                a[k + i][j] -= factor * x
    c = [0.0] * columns
    for k in reversed(range(columns)):
        c[k] = (a[k][columns] - sum(a[k][j] * c[j] for j in range(k + 1, columns))) / a[k][k]
    return c


def crowded_points(count):
    """Chebyshev points of [0, 1]: they crowd at the ends, where corners are."""
    return [(1 - math.cos(math.pi * (i + 0.5) / count)) / 2 for i in range(count)]


def l_shape():
    """-Δu = 1 on [-1, 1]² without [0, 1]², u = 0 on the boundary; 33 × 33 points without those outside.

    In polar coordinates about the inner corner, with θ from 0 to 3π/2 over the domain (from the edge along +y, through
    -x and -y, to the edge along +x),

        u = p + Σ c_k r^(2k/3) sin(2kθ/3),   p = -r²/4 + r² cos(2θ)/4 - Im(z² log z)/(3π),   z = r e^(iθ),

    vanishes on both edges at the corner; the logarithm is needed because r² sin(2θ) belongs to the sum. The coefficients
    fit all edges. u is symmetric about the diagonal, so odd k suffice.
    """

    def polar(x, y):
        r = math.hypot(x, y)
        # The angle from the +y axis, positive towards -x.
        return r, math.atan2(-x, y) % (2 * math.pi) if r > 0 else 0.0

    def particular(r, theta):
        if r == 0:
            return 0.0
        logarithm = r * r * (math.log(r) * math.sin(2 * theta) + theta * math.cos(2 * theta))
        return -r * r / 4 + r * r * math.cos(2 * theta) / 4 - logarithm / (3 * math.pi)

    # The corners of 90° hold a weak singularity each, for which poles outside crowd towards them (lightning method of
    # Gopal & Trefethen 2019): corner, direction out of the domain.
    corners = [(complex(-1, -1), complex(-1, -1)), (complex(-1, 1), complex(-1, 1)), (complex(0, 1), complex(1, 1))]
    ks = range(1, 50, 2)

    def pole_terms(z):
        for corner, outward in corners:
            for j in range(1, 9):
                distance = 0.8 * math.exp(3 * (math.sqrt(j) - math.sqrt(8)))
                term = distance / (z - corner - distance * outward / abs(outward))
                yield term.real
                if corner.real != corner.imag:  # on the diagonal both parts are the same but for the sign
                    yield term.imag

    def basis(x, y):
        r, theta = polar(x, y)
        terms = [(r / math.sqrt(2)) ** (2 * k / 3) * math.sin(2 * k * theta / 3) for k in ks]
        return terms + [a + b for a, b in zip(pole_terms(complex(x, y)), pole_terms(complex(y, x)))]

    s60, s120 = crowded_points(60), crowded_points(120)
    edge = [(0.0, s) for s in s60] + [(-s, 1.0) for s in s60] + [(-1.0, 1 - 2 * s) for s in s120]
    c = least_squares([basis(x, y) for x, y in edge], [-particular(*polar(x, y)) for x, y in edge])
    for j in range(33):
        for i in range(33):
            x, y = (i - 16) / 16, (j - 16) / 16
            if x > 0 and y > 0:
                continue
            on_boundary = abs(x) == 1 or abs(y) == 1 or (x == 0 and y >= 0) or (y == 0 and x >= 0)
            r, theta = polar(x, y)
            value = particular(r, theta) + sum(a * b for a, b in zip(c, basis(x, y)))
            yield x, y, 0.0 if on_boundary else value


def four_holes():
    """Δu = 0 on [-0.5, 0.5]² without disks of radius 0.1 at (±0.3, ±0.3); u = 1 outside, 0 on the disks; 41 × 41 points.

        u = Re Σ a_k z^(4k) + Σ over the disks of b_0 log|z - c| + Σ b_m Re ((0.1 e^(iφ)/(z - c))^m),

    φ the direction of the center c. All symmetries of the square are built in, so an eighth of the boundary decides.
    """
    centers = [0.3 * complex(i, j) for i in (-1, 1) for j in (-1, 1)]

    def basis(z):
        polynomials = [(z / 0.6) ** (4 * k) for k in range(14)]
        logarithm = sum(math.log(abs(z - c)) for c in centers)
        turns = [(c, cmath.exp(1j * cmath.phase(c))) for c in centers]
        poles = [sum((0.1 * e / (z - c)) ** m for c, e in turns) for m in range(1, 24)]
        return [p.real for p in polynomials] + [logarithm] + [p.real for p in poles]

    edge = [complex(0.5, s / 2) for s in crowded_points(80)]
    # Half of a circle: the other half is its mirror image about the diagonal.
    circle = [0.3 + 0.3j + 0.1 * cmath.exp(1j * (math.pi / 4 + math.pi * (i + 0.5) / 80)) for i in range(80)]
    c = least_squares([basis(z) for z in edge + circle], [1.0] * len(edge) + [0.0] * len(circle))
    for j in range(41):
        for i in range(41):
            z = complex((i - 20) / 40, (j - 20) / 40)
            if min(abs(z - center) for center in centers) < 0.1 - 1e-9:
                continue
            yield z.real, z.imag, sum(a * b for a, b in zip(c, basis(z)))
