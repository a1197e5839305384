"""Times one training step in JAX: loss and gradient, compiled by `jax.jit`, in four formulations and two formats.

nested  derivatives of the network at one point by `jax.grad` of `jax.grad` …, mapped over the points by `jax.vmap`:
        the way that tutorials take. A Laplacian is Σ_i e_i·H e_i, with H e_i the `jax.jvp` of the gradient along e_i.
jvp     forward over forward: `jax.jvp` of `jax.jvp` … of the network on all points at once.
taylor  derivatives carried through the layers by hand, as arrays. For y = tanh z the formula of Faà di Bruno says

            y_α = Σ_π f^(|π|)(z) Π_{B ∈ π} z_B,

        π running over the partitions of the list of derivations α into blocks B. A sum of derivatives, such as a
        Laplacian, is carried as one part: y_S = f'(z) z_S + Σ_{α ∈ S} Σ_{|π| ≥ 2} f^(|π|)(z) Π z_B.

blocks  the same, with the points in blocks of 1000 or less that `jax.lax.scan` goes through, adding up the gradients:
        the intermediate arrays stay in the caches. It is not what one writes first, but what JAX can do.

Reverse differentiation with respect to the weights is `jax.value_and_grad` in all of them. Common subexpressions of
separately written derivatives are XLA's business, and it finds them.
"""

import argparse
import functools
import math
import sys
import time
from collections import Counter

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

import timing
from cases import Case, Part, named

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def network(layers, x):
    """u(x), for one point or for rows of points."""
    for W, b in layers[:-1]:
        x = jnp.tanh(x @ W + b)
    W, b = layers[-1]
    return x @ W + b


def nested(case: Case, layers, x):
    """u and a function d(part, k) by nested `jax.grad`."""

    def derivative(f, axis):
        return lambda point: jax.grad(f)(point)[axis]

    def laplacian(f, axes):
        def at(point):
            def second(axis):
                direction = jnp.zeros_like(point).at[axis].set(1)
                return jax.jvp(jax.grad(f), (point,), (direction,))[1][axis]

            return sum(second(axis) for axis in axes)

        return at

    def d(name, k):
        part = case.parts[name]
        f = lambda point: network(layers, point)[k]
        if len(part) > 1:
            f = laplacian(f, [axis for axis, _ in part])
        else:
            for axis in part[0]:
                f = derivative(f, axis)
        return jax.vmap(f)(x)

    return network(layers, x).T, d


def jvp(case: Case, layers, x):
    """u and a function d(part, k) by `jax.jvp` of `jax.jvp`."""

    def derivative(f, axis):
        direction = jnp.zeros_like(x).at[:, axis].set(1)
        return lambda points: jax.jvp(f, (points,), (direction,))[1]

    def partial(axes):
        f = lambda points: network(layers, points)
        for axis in axes:
            f = derivative(f, axis)
        return f(x)

    parts = {name: sum(partial(axes) for axes in part) for name, part in case.parts.items()}
    return network(layers, x).T, lambda name, k: parts[name][:, k]


def partitions(items: tuple) -> list[list[tuple]]:
    """All ways to cut a list into non-empty blocks without order."""
    if not items:
        return [[]]
    first, rest = items[0], items[1:]
    found = []
    for smaller in partitions(rest):
        found.append([(first,), *smaller])
        for place, block in enumerate(smaller):
            found.append([*smaller[:place], (first, *block), *smaller[place + 1 :]])
    return found


def rules(part: Part) -> dict[int, Counter]:
    """Faà di Bruno for one part: for each order n ≥ 2 of f, how often each product of n lower parts occurs."""
    found: dict[int, Counter] = {}
    for axes in part:
        for partition in partitions(axes):
            if len(partition) > 1:
                blocks = tuple(sorted((tuple(sorted(block)),) for block in partition))
                found.setdefault(len(partition), Counter())[blocks] += 1
    return found


def closed(parts) -> list[Part]:
    """The parts with all lower ones that the rules of the activation ask for, lowest order first."""
    found = set(parts)
    for part in parts:
        for counts in rules(part).values():
            found.update(block for blocks in counts for block in blocks)
    return sorted(found, key=lambda part: (len(part[0]), part))


def tanh_derivatives(y, order: int) -> list:
    """f'(z) … f^(order)(z) for y = tanh z, by y and q = 1 − y²."""
    q = 1 - y * y
    return [q, -2 * y * q, (6 * y * y - 2) * q, (16 - 24 * y * y) * y * q][:order]


def taylor(case: Case, layers, x):
    """u and a function d(part, k) by propagation of parts.

    A part is an array with a column a point, which is up to twice as fast as rows in narrow networks. It is None where
    it is known to be zero: behind the first affine layer first derivatives are the rows of its weights, the same for
    all points, and higher ones vanish.
    """
    carried = closed(case.parts.values())
    order = max(len(part[0]) for part in carried)
    (W, b), *rest = layers
    value = W.T @ x.T + b[:, None]
    z = {part: W[part[0][0]][:, None] if len(part[0]) == 1 else None for part in carried}
    for W, b in rest:
        y = jnp.tanh(value)
        f = tanh_derivatives(y, order)
        a = {}
        for part in carried:
            terms = [] if z[part] is None else [f[0] * z[part]]
            for n, counts in rules(part).items():
                products = [
                    count * math.prod(z[block] for block in blocks)
                    for blocks, count in counts.items()
                    if all(z[block] is not None for block in blocks)
                ]
                if products:
                    terms.append(f[n - 1] * sum(products[1:], products[0]))
            a[part] = sum(terms[1:], terms[0])
        value = W.T @ y + b[:, None]
        z = {part: W.T @ a[part] for part in carried}
    return value, lambda name, k: z[case.parts[name]][k]


def equations(case: Case, derivatives, layers, interior):
    """Σ_e mean r_e² at interior points."""
    u, d = derivatives(case, layers, interior)
    return sum(jnp.mean(residual**2) for residual in case.residuals(u, d))


def values(layers, at, given):
    """Σ_k mean (u_k − g_k)² at value points."""
    return jnp.sum(jnp.mean((network(layers, at) - given) ** 2, axis=0))


def whole(derivatives):
    """The step with all points at once."""

    def step(case: Case, layers, interior, at, given):
        loss = lambda layers: equations(case, derivatives, layers, interior) + values(layers, at, given)
        return jax.value_and_grad(loss)(layers)

    return step


def in_blocks(derivatives, largest: int = 1000):
    """The step with interior points in equal blocks: the loss and its gradient are means over the blocks."""

    def step(case: Case, layers, interior, at, given):
        count = next(count for count in range(1, case.interior + 1)
                     if case.interior % count == 0 and case.interior // count <= largest)

        def add(found, block):
            loss = lambda layers: equations(case, derivatives, layers, block) / count
            return jax.tree.map(jnp.add, found, jax.value_and_grad(loss)(layers)), None

        start = jax.value_and_grad(values)(layers, at, given)
        return jax.lax.scan(add, start, interior.reshape(count, -1, interior.shape[1]))[0]

    return step


FORMULATIONS = {"nested": whole(nested), "jvp": whole(jvp), "taylor": whole(taylor), "blocks": in_blocks(taylor)}


def check(case: Case, dtype: str, found: dict):
    """All formulations have the same loss and the same gradient."""
    (first, (loss, gradient)), *others = found.items()
    size = jnp.linalg.norm(ravel_pytree(gradient)[0])
    for name, (other_loss, other_gradient) in others:
        apart = abs(other_loss - loss) / abs(loss)
        gradients_apart = jnp.linalg.norm(ravel_pytree(other_gradient)[0] - ravel_pytree(gradient)[0]) / size
        where = f"{case.name} in {dtype}, {first} and {name}: losses {apart:.2g}, gradients {gradients_apart:.2g} apart"
        assert max(apart, gradients_apart) <= timing.TOLERANCES[dtype], where


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="", help="comma-separated; all if left out")
    parser.add_argument("--formulations", default=",".join(FORMULATIONS))
    parser.add_argument("--dtypes", default="float64,float32")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each row, after compilation")
    options = parser.parse_args()
    print(timing.HEADER, flush=True)
    for case in named(options.cases):
        for dtype in options.dtypes.split(","):
            cast = lambda tree: jax.tree.map(lambda array: jnp.asarray(array, dtype), tree)
            arguments = cast((case.weights(), *case.points()))
            found = {}
            for name in options.formulations.split(","):
                compiled = jax.jit(functools.partial(FORMULATIONS[name], case))
                run = lambda: jax.block_until_ready(compiled(*arguments))
                start = time.perf_counter()
                found[name] = run()
                print(f"{case.name} {name} {dtype}: compiled in {time.perf_counter() - start:.1f} s", file=sys.stderr)
                times = timing.milliseconds(run, options.seconds)
                print(timing.row("jax", name, dtype, case.name, times, float(found[name][0])), flush=True)
            check(case, dtype, found)


if __name__ == "__main__":
    main()
