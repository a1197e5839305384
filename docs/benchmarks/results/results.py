"""Trains the shipped experiments and writes docs/results.md: what each reaches, beside what others published.

Every experiment of configs/ that states a [require] is trained with several seeds; its errors are those that it bounds
there. What was run is kept in runs.csv, a row for each run and metric, so that experiments can be added one by one. Rows of an experiment
whose file has changed since are dropped.

    python3 docs/benchmarks/results/results.py --pinn .build/release/pinn burgers heat
"""

import argparse
import csv
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
COLUMNS = ["experiment", "file", "seed", "metric", "value", "seconds", "processor_seconds", "threads", "iterations", "parameters",
           "status", "processor"]


def experiments() -> dict[str, Path]:
    """The experiments by name, in the order of their folders; the YAML twins are left out."""
    return {path.stem: path for path in sorted((ROOT / "configs").glob("*/*.toml"))}


def digest(config: Path) -> str:
    """The beginning of the hash of an experiment's file."""
    return hashlib.sha256(config.read_bytes()).hexdigest()[:12]


def required(pinn: Path, config: Path) -> list[str]:
    """The metrics that an experiment bounds, as the program reads them."""
    resolved = subprocess.run(
        [pinn, "check", config, "--resolved"], check=True, capture_output=True, text=True).stdout
    return list(tomllib.loads(resolved).get("require", {}))


def processor() -> str:
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def train(pinn: Path, name: str, config: Path, seed: int, threads: int, folder: Path) -> list[dict[str, str]]:
    """A row for each bounded metric of one run."""
    out = folder / f"{name}-{seed}"
    print(f"{name}, seed {seed} …", file=sys.stderr, flush=True)
    # Status 4 is a missed bound: the table shows by how much. Status 3, diverged, has metrics as well.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        [pinn, "train", config, "--seed", str(seed), "--threads", str(threads), "--out", out, "--quiet"],
        stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode not in (0, 3, 4):
        sys.exit(f"{name} with seed {seed} ended with status {ended.returncode}")
    record = json.loads((out / "run.json").read_text())
    with open(out / "metrics.csv", newline="") as file:
        metrics = {row["name"]: row["value"] for row in csv.DictReader(file)}
    return [
        {"experiment": name, "file": digest(config), "seed": str(seed), "metric": metric,
         "value": metrics[metric], "seconds": f"{record['seconds']:.1f}",
         "processor_seconds": f"{after.ru_utime - before.ru_utime:.1f}", "threads": str(threads),
         "iterations": str(record["iterations"]), "parameters": str(record["parameters"]),
         "status": record["status"], "processor": processor()}
        for metric in required(pinn, config)]


def span(values: list[float], digits: str) -> str:
    low, high = format(min(values), digits), format(max(values), digits)
    return low if low == high else f"{low}–{high}"


def table(rows: list[dict[str, str]]) -> str:
    """The Markdown table, an experiment and metric a line."""
    with open(FOLDER / "published.csv", newline="") as file:
        published = {(row["experiment"], row["metric"]): row for row in csv.DictReader(file)}
    lines = [
        "| experiment | parameters | iterations | processor seconds | error | seeds | median | worst | published |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |"]
    known = experiments()
    order = list(known)
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["experiment"], row["metric"]), []).append(row)
    for (name, metric), runs in sorted(groups.items(), key=lambda item: order.index(item[0][0])):
        values = [float(run["value"]) for run in runs]
        other = published.get((name, metric))
        lines.append(
            f"| [{name}](../{known[name].relative_to(ROOT)}) | {runs[0]['parameters']} "
            f"| {span([float(run['iterations']) for run in runs], '.0f')} "
            f"| {span([float(run['processor_seconds']) for run in runs], '.1f')} | `{metric}` | {len(runs)} "
            f"| {statistics.median(values):.1e} | {max(values):.1e} "
            f"| {other['published'] + ': ' + other['source'] if other else ''} |")
    return "\n".join(lines)


def write(rows: list[dict[str, str]]) -> None:
    """Puts the table between the markers of docs/results.md."""
    page = ROOT / "docs" / "results.md"
    text = page.read_text()
    begin, end = "<!-- table: begin -->\n", "<!-- table: end -->"
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    machines = sorted({f"{row['processor']}, {row['threads']} threads" for row in rows})
    note = "Machine: " + "; ".join(machines) + "."
    page.write_text(before + begin + table(rows) + "\n\n" + note + "\n" + end + after)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiments", nargs="*", help="names; all by default")
    parser.add_argument("--pinn", type=Path, default=ROOT / ".build/release/pinn")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, default=ROOT / ".build/results", help="where the run folders go")
    parser.add_argument("--only-write", action="store_true", help="writes the page from the runs that are there")
    options = parser.parse_args()
    store = FOLDER / "runs.csv"
    rows: list[dict[str, str]] = []
    if store.exists():
        with open(store, newline="") as file:
            rows = list(csv.DictReader(file))
    known = experiments()
    rows = [row for row in rows if row["experiment"] in known and row["file"] == digest(known[row["experiment"]])]
    names = [] if options.only_write else options.experiments or list(known)
    for name in names:
        if name not in known:
            sys.exit(f"no experiment '{name}' in configs/; there are {', '.join(known)}")
        for seed in (int(seed) for seed in options.seeds.split(",")):
            new = train(options.pinn.resolve(), name, known[name], seed, options.threads, options.folder.resolve())
            rows = [row for row in rows if (row["experiment"], row["seed"]) != (name, str(seed))] + new
            with open(store, "w", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(sorted(rows, key=lambda row: (list(known).index(row["experiment"]), row["seed"])))
            write(rows)
    write(rows)


if __name__ == "__main__":
    main()
