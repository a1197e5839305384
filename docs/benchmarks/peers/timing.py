"""How a peer's step is timed, and how the result is printed."""

import os
import statistics
import time
from collections.abc import Callable

HEADER = "peer,formulation,dtype,case,milliseconds_median,milliseconds_min,loss"

# How far losses and gradients may be apart, relative; gradients in the Euclidean norm. Formulations differ in the order
# of their operations only: seen are 1e-15 in float64, and 5e-7 in float32.
TOLERANCES = {"float64": 1e-9, "float32": 1e-5}


def cores() -> int:
    """The cores this process may use, all of which every peer is given."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def milliseconds(step: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Median and minimum of the time of a call, of at least five calls and as many as take `seconds` together.

    The caller has warmed up: nothing is to be compiled or allocated for the first time in `step`.
    """
    taken = []
    end = time.perf_counter() + seconds
    while len(taken) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        taken.append(1e3 * (time.perf_counter() - start))
    return statistics.median(taken), min(taken)


def row(peer: str, formulation: str, dtype: str, case: str, times: tuple[float, float], loss: float) -> str:
    return f"{peer},{formulation},{dtype},{case},{times[0]:.4f},{times[1]:.4f},{loss!r}"
