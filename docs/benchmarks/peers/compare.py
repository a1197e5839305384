"""Times `pinn bench` and its peers in turn, and writes the table.

    python compare.py --pinn PATH [--cases small,mid] [--rounds 5] [--out peers.md]

A round runs, for each case, pinn, JAX and DeepXDE one after the other, each in a process of its own and with all cores,
so that a machine that gets slower gets slower for all of them. A number of the table is the median over the rounds of
the medians that the processes report. All float64 losses of the peers must agree.
"""

import argparse
import csv
import datetime
import importlib.metadata
import math
import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import timing
from cases import Case, named

PINN_HEADER = (
    "case,points,parts,layers,parameters,threads,isa,milliseconds_median,milliseconds_min,gflops,peak_gflops,fraction"
)
PACKAGES = ["jax", "jaxlib", "deepxde", "torch", "numpy"]
# What would take cores away from a peer, or give it a setting that its users do not have.
UNSET = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "XLA_FLAGS", "JAX_PLATFORMS", "JAX_ENABLE_X64"]

Key = tuple[str, str, str]
"""(peer, formulation, dtype)"""


def table(command: list[str], header: str) -> list[dict[str, str]]:
    """The rows of the CSV that a command prints."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    outcome = subprocess.run(command, capture_output=True, text=True, env=environment)
    if outcome.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with status {outcome.returncode}:\n{outcome.stderr}")
    lines = outcome.stdout.splitlines()
    if not lines or lines[0] != header:
        raise SystemExit(f"{' '.join(command)}: expected the header {header}, found {lines[:1]}")
    return list(csv.DictReader(lines))


def pinn_row(path: str, case: Case) -> dict[str, str]:
    """What `pinn bench` prints for a case, after a look at whether it timed the same network on as many points."""
    rows = [row for row in table([path, "bench", "--cases", case.name], PINN_HEADER) if row["case"] == case.name]
    if len(rows) != 1:
        raise SystemExit(f"pinn bench --cases {case.name}: expected one row of that case, found {len(rows)}")
    row = rows[0]
    if int(row["parameters"]) != case.parameter_count:
        raise SystemExit(f"{case.name}: pinn has {row['parameters']} parameters, the peers {case.parameter_count}")
    # Each of two conditions at one place has its point in pinn.
    if not case.interior <= int(row["points"]) <= case.interior + case.values + 1:
        raise SystemExit(
            f"{case.name}: pinn has {row['points']} points, the peers {case.interior} and {case.values} with values")
    return row


def peer_rows(script: str, case: Case, seconds: float) -> list[dict[str, str]]:
    path = Path(__file__).with_name(script)
    command = [sys.executable, str(path), "--cases", case.name, "--seconds", str(seconds)]
    return table(command, timing.HEADER)


def check_losses(case: Case, losses: dict[Key, float]):
    """Peers, formulations and formats compute one loss."""
    reference = next(loss for (_, _, dtype), loss in losses.items() if dtype == "float64")
    for key, loss in losses.items():
        difference = abs(loss - reference) / abs(reference)
        assert difference <= timing.TOLERANCES[key[2]], f"{case.name}: {key} has loss {loss!r}, not {reference!r}"


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def digits(milliseconds: float) -> str:
    """Three significant digits without an exponent."""
    return f"{milliseconds:.{max(0, 2 - math.floor(math.log10(milliseconds)))}f}"


def report(cases: list[Case], times: dict[str, dict[Key, list[float]]], pinn: list[dict[str, str]], version: str,
           rounds: int) -> str:
    medians = {case: {key: statistics.median(found) for key, found in of.items()} for case, of in times.items()}
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    isa = ", ".join(sorted({row["isa"] for row in pinn}))
    threads = ", ".join(sorted({row["threads"] for row in pinn}))
    lines = [
        "# pinn and its peers",
        "",
        "Milliseconds for one training step, loss and gradient, in float64 unless said. A ratio is the time of the",
        "peer over that of `pinn`: above 1, `pinn` is faster. What is timed, and what these numbers do not say, is in",
        "[the readme](README.md).",
        "",
        f"- processor: {processor()}, {timing.cores()} cores, {platform.system()} on {platform.machine()}",
        f"- versions: pinn {version} ({isa}, {threads} threads), Python {platform.python_version()}, {packages}",
        f"- date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}; rounds: {rounds}, medians over rounds",
        "",
        "| case | pinn | JAX float64 | formulation | ratio | JAX float32 | formulation | ratio | DeepXDE | ratio |",
        "| --- | ---: | ---: | --- | ---: | ---: | --- | ---: | ---: | ---: |",
    ]
    for case in cases:
        of = medians[case.name]
        own = of["pinn", "", "float64"]
        cells = [case.name, digits(own)]
        for peer, dtype in [("jax", "float64"), ("jax", "float32"), ("deepxde", "float64")]:
            best = min((key for key in of if key[0] == peer and key[2] == dtype), key=of.get)
            cells += [digits(of[best]), *([best[1]] if peer == "jax" else []), f"{of[best] / own:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "## All formulations",
        "",
        "The range is that of the rounds.",
        "",
        "| case | program | formulation | format | milliseconds | range |",
        "| --- | --- | --- | --- | ---: | ---: |",
    ]
    for case in cases:
        for key, found in times[case.name].items():
            span = f"{digits(min(found))} – {digits(max(found))}"
            lines.append(f"| {case.name} | {' | '.join(key)} | {digits(medians[case.name][key])} | {span} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pinn", required=True, help="the program")
    parser.add_argument("--cases", default="", help="comma-separated; all if left out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each number of a peer in a round")
    parser.add_argument("--out", help="the Markdown file to write; standard output if left out")
    options = parser.parse_args()
    cases = named(options.cases)
    version = subprocess.run([options.pinn, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    times: dict[str, dict[Key, list[float]]] = {case.name: defaultdict(list) for case in cases}
    pinn = []
    for round in range(1, options.rounds + 1):
        for case in cases:
            print(f"round {round} of {options.rounds}: {case.name}", file=sys.stderr, flush=True)
            row = pinn_row(options.pinn, case)
            pinn.append(row)
            times[case.name]["pinn", "", "float64"].append(float(row["milliseconds_median"]))
            losses = {}
            for script in ["time_jax.py", "time_deepxde.py"]:
                for row in peer_rows(script, case, options.seconds):
                    key = (row["peer"], row["formulation"], row["dtype"])
                    times[case.name][key].append(float(row["milliseconds_median"]))
                    losses[key] = float(row["loss"])
            check_losses(case, losses)
    text = report(cases, times, pinn, version, options.rounds)
    if options.out:
        Path(options.out).write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
