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
