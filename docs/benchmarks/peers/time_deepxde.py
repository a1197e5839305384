"""Times one training step of DeepXDE on PyTorch, in float64.

What is timed is `Model.train_step`, DeepXDE's own, with the update of the optimizer taken out: the optimizer's `step`
is replaced by a call of the closure that DeepXDE hands it. That closure evaluates the losses on all points, adds them,
clears the gradients and calls `backward`.

DeepXDE evaluates the equations at the value points too, and drops those residuals: 9 % of the points of the small
case, 4 % or less elsewhere. The loss is the same number as in JAX.

reverse  derivatives by `dde.grad.jacobian` and `dde.grad.hessian` with reverse differentiation, the default.

Forward differentiation, `dde.config.set_default_autodiff("forward")`, took about twice as long or longer in the cases
that were tried, and is left out.
"""

import argparse
import contextlib
import os
import sys

os.environ["DDE_BACKEND"] = "pytorch"
with contextlib.redirect_stdout(sys.stderr):
    import deepxde as dde
    import torch

    dde.config.set_default_float("float64")

import timing
from cases import Case, named

torch.set_num_threads(timing.cores())


def equations(case: Case):
    """The residuals in the form that DeepXDE asks for."""

    def partial(x, y, axes, k):
        """∂_axes y_k: a Hessian's entry or a Jacobian's, then the same of it for higher orders."""
        first, rest = axes[:2], axes[2:]
        if len(first) == 2:
            found = dde.grad.hessian(y, x, component=k, i=first[0], j=first[1])
        else:
            found = dde.grad.jacobian(y, x, i=k, j=first[0])
        return partial(x, found, rest, 0) if rest else found

    def residuals(x, y):
        u = [y[:, k : k + 1] for k in range(case.outputs)]
        return case.residuals(u, lambda name, k: sum(partial(x, y, axes, k) for axes in case.parts[name]))

    return residuals


def step(case: Case):
    """A function that runs one training step without its update, and returns the loss."""
    interior, at, given = case.points()
    low, high = zip(*case.ranges)
    geometry = dde.geometry.Hypercube(low, high) if len(low) > 1 else dde.geometry.Interval(low[0], high[0])
    # One term for all fields, a mean over points and fields; the weight makes it a sum over fields.
    known = dde.icbc.PointSetBC(at, given, component=list(range(case.outputs)))
    data = dde.data.PDE(geometry, equations(case), [known], anchors=interior)
    net = dde.nn.FNN(case.widths, "tanh", "Glorot normal")
    with torch.no_grad():
        for linear, (W, b) in zip(net.linears, case.weights()):
            linear.weight.copy_(torch.as_tensor(W.T))
            linear.bias.copy_(torch.as_tensor(b))
    model = dde.Model(data, net)
    model.compile("adam", lr=1e-3, loss_weights=[1.0] * case.equations + [float(case.outputs)], verbose=0)
    losses: list[torch.Tensor] = []
    model.opt.step = lambda closure: losses.append(closure())
    inputs, targets, auxiliary = data.train_next_batch()

    def run() -> float:
        losses.clear()
        model.train_step(inputs, targets, auxiliary)
        return losses[0].item()

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="", help="comma-separated; all if left out")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each row, after two steps to warm up")
    options = parser.parse_args()
    print(timing.HEADER, flush=True)
    for case in named(options.cases):
        with contextlib.redirect_stdout(sys.stderr):
            run = step(case)
            run()
            loss = run()
            times = timing.milliseconds(run, options.seconds)
        print(timing.row("deepxde", "reverse", "float64", case.name, times, loss), flush=True)


if __name__ == "__main__":
    main()
