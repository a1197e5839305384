"""Compares the optimizers of pinn with those of SciPy on sums of squares of a few unknowns.

A field that is 1 whatever its network says turns `pinn` into a solver of least-squares problems: its residuals are formulas
of the unknowns alone, and `losses.csv` has the value of every unknown after every iteration.

1. How many iterations both take from the same start to the same bound on the gradient, and how far from the minimum they end.
2. Whether each step of `bfgs` lies along -Hg, with H from `scipy.optimize.BFGS`, fed with the steps that pinn took.

    python compare.py [--pinn PATH]
"""

import argparse
import csv
import pathlib
import subprocess
import tempfile

import numpy as np
import scipy.optimize

TOLERANCE = 1e-8

# name: (unknowns with their starts, residuals, minimum)
PROBLEMS = {
    "Rosenbrock": ({"a": -1.2, "b": 1.0}, ["10*(b - a^2)", "1 - a"], [1, 1]),
    "Rosenbrock, four unknowns": (
        {"a": -1.2, "b": 1.0, "c": -1.2, "d": 1.0},
        ["10*(b - a^2)", "1 - a", "10*(d - c^2)", "1 - c"],
        [1, 1, 1, 1],
    ),
    "Beale": (
        {"a": 1.0, "b": 1.0},
        ["1.5 - a*(1 - b)", "2.25 - a*(1 - b^2)", "2.625 - a*(1 - b^3)"],
        [3, 0.5],
    ),
    "Box, three unknowns": (
        {"a": 1.0, "b": 10.0, "c": 20.0},
        [f"exp(-{t}*a) - exp(-{t}*b) - c*(exp(-{t}) - exp(-10*{t}))" for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)],
        [1, 10, 1],
    ),
    "Powell, singular": (
        {"a": 3.0, "b": -1.0, "c": 0.5, "d": 1.0},
        ["a + 10*b", "2.2360679774997896*(c - d)", "(b - 2*c)^2", "3.1622776601683795*(a - d)^2"],
        [0, 0, 0, 0],
    ),
}


def experiment(problem, method):
    unknowns, residuals, _ = PROBLEMS[problem]
    lines = [
        "variables = { t = [0, 1] }",
        'fields = { one = "1 + 1e-300*N" }',
        "unknowns = { " + ", ".join(f"{name} = {start!r}" for name, start in unknowns.items()) + " }",
        "network = { hidden = [1] }",
        "sampling = { interior = 1 }",
        f'optimizer = {{ method = "{method}", iterations = 1000, stop = {{ gradient = {TOLERANCE} }} }}',
    ]
    for number, residual in enumerate(residuals):
        lines += ["[[equation]]", f'name = "r{number}"', f'expr = "({residual})*one = 0"']
    return "\n".join(lines) + "\n"


def iterates(pinn, problem, method, folder):
    """The unknowns after every iteration of pinn, and the norm of the gradient where it ended."""
    path = folder / "experiment.toml"
    path.write_text(experiment(problem, method))
    out = folder / f"{problem} {method}".replace(",", "").replace(" ", "-")
    command = [pinn, "train", path, "--out", out, "--threads", "1", "--quiet"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    names = PROBLEMS[problem][0].keys()
    with open(out / "losses.csv", newline="") as file:
        return np.array([[float(row[name]) for name in names] for row in csv.DictReader(file)])


class Function:
    """The sum of squares in the numbers q that pinn trains: an unknown is its start's size times q."""

    def __init__(self, problem):
        unknowns, residuals, self.minimum = PROBLEMS[problem]
        self.start = np.array(list(unknowns.values()))
        self.scales = np.abs(self.start)
        self.names = list(unknowns)
        self.codes = [compile(r.replace("^", "**"), "residual", "eval") for r in residuals]

    def residuals(self, q):
        values = dict(zip(self.names, q * self.scales), exp=np.exp)
        return np.array([eval(code, {"__builtins__": {}}, values) for code in self.codes])

    def jacobian(self, q):
        """By complex steps, exact to rounding."""
        columns = []
        for place in range(len(q)):
            shifted = q.astype(complex)
            shifted[place] += 1e-30j
            columns.append(self.residuals(shifted).imag / 1e-30)
        return np.array(columns).T

    def value(self, q):
        return float(np.sum(self.residuals(q) ** 2))

    def gradient(self, q):
        return 2 * self.jacobian(q).T @ self.residuals(q)

    def distance(self, q):
        return float(np.max(np.abs(q * self.scales - self.minimum)))


def scipy_runs(function):
    """Iterations and distance of SciPy's methods from the same start."""
    start = function.start / function.scales
    runs = {}
    options = {"BFGS": {"gtol": TOLERANCE, "maxiter": 1000}, "L-BFGS-B": {"gtol": TOLERANCE, "ftol": 0, "maxcor": 50}}
    for method, settings in options.items():
        found = scipy.optimize.minimize(
            function.value, start, jac=function.gradient, method=method, options=settings
        )
        runs[method] = (found.nit, function.distance(found.x))
    found = scipy.optimize.least_squares(
        function.residuals, start, jac=function.jacobian, method="trf", gtol=TOLERANCE / 2, ftol=None, xtol=None
    )
    runs["least_squares"] = (found.njev, function.distance(found.x))
    return runs


def largest_angle(function, points):
    """The largest sine of the angle between a step of pinn's BFGS and -Hg, with H from SciPy's class."""
    points = np.vstack([function.start, points]) / function.scales
    strategy = scipy.optimize.BFGS(exception_strategy="skip_update", init_scale="auto")
    strategy.initialize(len(function.start), "inv_hess")
    largest = 0.0
    for before, after in zip(points, points[1:]):
        step = after - before
        gradient = function.gradient(before)
        # At the start H is the identity, whatever its scale.
        direction = -gradient if before is points[0] or np.array_equal(before, points[0]) else -strategy.dot(gradient)
        cosine = step @ direction / (np.linalg.norm(step) * np.linalg.norm(direction))
        rest = step / np.linalg.norm(step) - cosine * direction / np.linalg.norm(direction)
        if np.linalg.norm(gradient) > 1e-5:
            largest = max(largest, float(np.linalg.norm(rest)))
        strategy.update(step, function.gradient(after) - gradient)
    return largest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pinn", default=".build/release/pinn")
    pinn = str(pathlib.Path(parser.parse_args().pinn).resolve())
    ours = ["bfgs", "ss-bfgs", "ss-broyden", "l-bfgs", "gauss-newton"]
    print("| problem | " + " | ".join([f"`{m}`" for m in ours] + ["BFGS", "L-BFGS-B", "least_squares", "largest sine"]) + " |")
    print("| --- |" + " ---: |" * (len(ours) + 4))
    with tempfile.TemporaryDirectory() as folder:
        for problem in PROBLEMS:
            function = Function(problem)
            cells = []
            for method in ours:
                points = iterates(pinn, problem, method, pathlib.Path(folder))
                cells.append(f"{len(points)} ({function.distance(points[-1] / function.scales):.0e})")
                if method == "bfgs":
                    angle = largest_angle(function, points)
            cells += [f"{count} ({distance:.0e})" for count, distance in scipy_runs(function).values()]
            print(f"| {problem} | " + " | ".join(cells) + f" | {angle:.0e} |")


if __name__ == "__main__":
    main()
