"""Error against training time, of pinn by its default and of DeepXDE by its own recipes, in one session.

    diffusion   u_t = u_xx − e^−t (sin πx − π² sin πx), conditions built in
    heat        u_t = 0.4 u_xx, soft conditions
    burgers     u_t + u u_x = 0.01/π u_xx

pinn runs the shipped experiment of that name. It is stopped by --max-time and resumed, which gives the bits of a run that
was not stopped, so that errors are known along the way. DeepXDE runs the recipe of its own examples: points, network,
Adam and then L-BFGS; the time its errors are taken in is left out. Both have all cores, and take turns.

    python docs/benchmarks/results/time_to_accuracy.py --pinn .build/release/pinn

writes time_to_accuracy.csv and time_to_accuracy.svg beside this file.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["DDE_BACKEND"] = "pytorch"

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
CONFIGS = {
    "diffusion": "basics/diffusion-hard.toml", "heat": "basics/heat.toml", "burgers": "evolution/burgers.toml"}
Row = tuple[str, str, float, float]


def run_pinn(pinn: Path, case: str, limit: float) -> list[Row]:
    """(case, program, seconds, relative L² error) at growing times until training ends by itself or at the limit."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        step = 0.25
        spent = 0.0
        while spent < limit:
            ended = subprocess.run(
                [pinn, "train", ROOT / "configs" / CONFIGS[case], "--out", f"{folder}/run", "--resume", "--quiet",
                 "--max-time", f"{step}s"], stdout=subprocess.DEVNULL)
            with open(f"{folder}/run/timing.csv", newline="") as file:
                spent = float(list(csv.DictReader(file))[-1]["seconds"])
            with open(f"{folder}/run/metrics.csv", newline="") as file:
                error = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}["rel_l2_u"]
            rows.append((case, "pinn", spent, error))
            print(*rows[-1], file=sys.stderr)
            if ended.returncode != 75:
                break
            step = max(0.25, 0.3 * spent)
    return rows


def recipe(case: str):
    """DeepXDE's model of a case, its iterations of Adam, and the exact solution at reference points."""
    import deepxde as dde
    import numpy as np
    import torch

    sin, exp, pi = torch.sin, torch.exp, np.pi

    def read(name: str):
        table = np.genfromtxt(ROOT / "data" / name, delimiter=",", names=True)
        return np.stack([table["x"], table["t"]], axis=1), table["u"][:, None]

    if case == "diffusion":
        domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))

        def equation(x, y):
            source = exp(-x[:, 1:]) * (sin(pi * x[:, 0:1]) - pi**2 * sin(pi * x[:, 0:1]))
            return dde.grad.jacobian(y, x, j=1) - dde.grad.hessian(y, x, i=0, j=0) + source

        data = dde.data.TimePDE(domain, equation, [], num_domain=40)
        net = dde.nn.FNN([2] + [32] * 3 + [1], "tanh", "Glorot uniform")
        net.apply_output_transform(lambda x, y: x[:, 1:] * (1 - x[:, 0:1] ** 2) * y + sin(pi * x[:, 0:1]))
        points = np.stack(np.meshgrid(np.linspace(-1, 1, 101), np.linspace(0, 1, 51)), axis=-1).reshape(-1, 2)
        exact = np.exp(-points[:, 1:]) * np.sin(pi * points[:, :1])
        return dde.Model(data, net), 10_000, False, points, exact
    if case == "heat":
        domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
        start = dde.icbc.IC(domain, lambda x: np.sin(pi * x[:, :1]), lambda _, on: on)
        walls = dde.icbc.DirichletBC(domain, lambda x: 0, lambda _, on: on)
        data = dde.data.TimePDE(
            domain, lambda x, y: dde.grad.jacobian(y, x, j=1) - 0.4 * dde.grad.hessian(y, x, i=0, j=0),
            [walls, start], num_domain=2540, num_boundary=80, num_initial=160)
        net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
        points = np.stack(np.meshgrid(np.linspace(0, 1, 101), np.linspace(0, 1, 51)), axis=-1).reshape(-1, 2)
        exact = np.exp(-0.4 * pi**2 * points[:, 1:]) * np.sin(pi * points[:, :1])
        return dde.Model(data, net), 20_000, True, points, exact
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    walls = dde.icbc.DirichletBC(domain, lambda x: 0, lambda _, on: on)
    start = dde.icbc.IC(domain, lambda x: -np.sin(pi * x[:, :1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain,
        lambda x, y: dde.grad.jacobian(y, x, j=1) + y * dde.grad.jacobian(y, x, j=0)
        - 0.01 / pi * dde.grad.hessian(y, x, i=0, j=0),
        [walls, start], num_domain=2540, num_boundary=80, num_initial=160)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return dde.Model(data, net), 15_000, True, *read("burgers_shock.csv")


def run_deepxde(case: str, seed: int) -> list[Row]:
    import deepxde as dde
    import numpy as np
    import torch

    dde.config.set_default_float("float64")
    dde.config.set_random_seed(seed)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model, iterations, ends_with_lbfgs, points, exact = recipe(case)
    rows: list[Row] = []
    spent = 0.0

    def train(count: int) -> None:
        nonlocal spent
        begin = time.perf_counter()
        model.train(iterations=count, display_every=10**9)
        spent += time.perf_counter() - begin
        error = float(np.linalg.norm(model.predict(points) - exact) / np.linalg.norm(exact))
        rows.append((case, "DeepXDE", spent, error))
        print(*rows[-1], file=sys.stderr)

    model.compile("adam", lr=1e-3)
    for _ in range(20):
        train(iterations // 20)
    if ends_with_lbfgs:
        model.compile("L-BFGS")
        train(0)
    return rows


def draw(rows: list[Row]) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "pinn"
    cases = list(dict.fromkeys(row[0] for row in rows))
    figure, axes = plt.subplots(1, len(cases), figsize=(4 * len(cases), 3.4), sharey=True, squeeze=False)
    for axis, case in zip(axes[0], cases):
        for program, style in [("pinn", "o-"), ("DeepXDE", "s--")]:
            chosen = [row for row in rows if row[:2] == (case, program)]
            axis.loglog([row[2] for row in chosen], [row[3] for row in chosen], style, markersize=3, label=program)
        axis.set_title(case)
        axis.set_xlabel("seconds of training")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("relative L² error")
    axes[0][0].legend()
    figure.tight_layout()
    figure.savefig(FOLDER / "time_to_accuracy.svg", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pinn", type=Path, default=ROOT / ".build/release/pinn")
    parser.add_argument("--cases", default=",".join(CONFIGS))
    parser.add_argument("--limit", type=float, default=300, help="seconds of training of pinn, at most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows: list[Row] = []
    for case in options.cases.split(","):
        rows += run_pinn(options.pinn.resolve(), case, options.limit)
        rows += run_deepxde(case, options.seed)
    with open(FOLDER / "time_to_accuracy.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", "program", "seconds", "rel_l2"])
        writer.writerows((case, program, f"{seconds:.3f}", f"{error:.3e}") for case, program, seconds, error in rows)
    draw(rows)


if __name__ == "__main__":
    main()
