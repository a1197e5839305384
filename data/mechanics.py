"""Samples of motion for learning a Hamiltonian. Standard library only.

The recipe is that of Greydanus, Dzamba & Yosinski (2019), Hamiltonian neural networks: trajectories of random energy,
noise on positions and momenta, rates of change without noise.
"""

import math


def hamiltonian_trajectories(stream, energy, rates, start, count, samples, last, noise):
    """Rows trajectory, t, q, p, dqdt, dpdt, q_clean, p_clean, H; q and p carry Gaussian noise."""
    for trajectory in range(count):
        q, p = start()
        for i in range(samples):
            dq, dp = rates(q, p)
            seen = q + noise * stream.normal(), p + noise * stream.normal()
            yield trajectory, last * i / (samples - 1), *seen, dq, dp, q, p, energy(q, p)
            for _ in range(20):
                q, p = step(rates, q, p, last / (samples - 1) / 20)


def step(rates, q, p, dt):
    """A classical Runge-Kutta step."""
    a, b = rates(q, p)
    c, d = rates(q + dt / 2 * a, p + dt / 2 * b)
    e, f = rates(q + dt / 2 * c, p + dt / 2 * d)
    g, h = rates(q + dt * e, p + dt * f)
    return q + dt / 6 * (a + 2 * c + 2 * e + g), p + dt / 6 * (b + 2 * d + 2 * f + h)


def spring(stream):
    """H = q² + p², 50 trajectories of 30 samples in [0, 3], amplitudes from 0.1 to 1."""

    def start():
        radius, angle = 0.1 + 0.9 * stream.uniform(), 2 * math.pi * stream.uniform()
        return radius * math.cos(angle), radius * math.sin(angle)

    def energy(q, p):
        return q * q + p * p

    return hamiltonian_trajectories(stream, energy, lambda q, p: (2 * p, -2 * q), start, 50, 30, 3, 0.1)


def pendulum(stream):
    """H = 3 (1 - cos q) + p², 50 trajectories of 45 samples in [0, 3]."""

    def start():
        # Starting points of the recipe: a direction at random, a radius from 1.3 to 2.3.
        radius, angle = 1.3 + stream.uniform(), 2 * math.pi * stream.uniform()
        return radius * math.cos(angle), radius * math.sin(angle)

    def energy(q, p):
        return 3 * (1 - math.cos(q)) + p * p

    return hamiltonian_trajectories(stream, energy, lambda q, p: (2 * p, -3 * math.sin(q)), start, 50, 45, 3, 0.1)


def two_bodies(stream):
    """Two unit masses with gravity 1 about their common centre, nearly in circles: 40 orbits of 50 samples in [0, 20].

    Rows trajectory, t, x1, y1, x2, y2, vx1, vy1, vx2, vy2, ax1, ay1, ax2, ay2, energy. The orbits differ in radius and
    angle, as in the recipe, and have 1 + 0.05 n times the speed of a circle, n Gaussian.
    """
    for trajectory in range(40):
        x, y = 0.5 + stream.uniform(), 0.5 + stream.uniform()
        radius = math.hypot(x, y)
        # Towards each other 1/(2r)² = v²/r.
        speed = (1 + 0.05 * stream.normal()) / (2 * math.sqrt(radius))
        state = [x, y, -speed * y / radius, speed * x / radius]
        for i in range(50):
            x, y, vx, vy = state
            _, _, ax, ay = two_body_rates(state)
            energy = vx * vx + vy * vy - 1 / (2 * math.hypot(x, y))
            yield trajectory, 20 * i / 49, x, y, -x, -y, vx, vy, -vx, -vy, ax, ay, -ax, -ay, energy
            for _ in range(200):
                state = runge_kutta(two_body_rates, state, 20 / 49 / 200)


def two_body_rates(state):
    """Of one of the two; the other is its mirror image."""
    x, y, vx, vy = state
    cubed = (x * x + y * y) ** 1.5
    return [vx, vy, -x / (4 * cubed), -y / (4 * cubed)]


def runge_kutta(rates, state, dt):
    """A classical Runge-Kutta step of any number of variables."""

    def moved(slopes, by):
        return [value + by * slope for value, slope in zip(state, slopes)]

    a = rates(state)
    b = rates(moved(a, dt / 2))
    c = rates(moved(b, dt / 2))
    d = rates(moved(c, dt))
    return moved([p + 2 * q + 2 * r + s for p, q, r, s in zip(a, b, c, d)], dt / 6)
