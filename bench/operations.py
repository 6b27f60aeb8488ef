"""Where the time of a step goes: the share of matrix products, and of torch's other operations."""

import time
from collections.abc import Mapping

from bench.trial import Step, markdown_head

PRODUCTS = {f"aten::{name}" for name in ("mm", "addmm", "addmm_", "bmm", "baddbmm", "baddbmm_")}
SHOWN = 12  # operations of a table, beside the sum of matrix products
OUTSIDE = "outside torch"


def operation_seconds(step: Step, warmup: int, count: int) -> dict[str, float]:
    """Seconds of each of torch's operations in `count` steps on one thread, without those that it calls.

    What is left of the seconds of the steps has the key OUTSIDE: Python, waiting, and the profiler itself.
    """
    from torch.profiler import ProfilerActivity, profile

    for _ in range(warmup):
        step()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        began = time.perf_counter()
        for _ in range(count):
            step()
        seconds = time.perf_counter() - began
    found = {event.key: event.self_cpu_time_total / 1e6 for event in profiler.key_averages()}
    return {**found, OUTSIDE: seconds - sum(found.values())}


def shares(variants: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A table in Markdown: the share of matrix products, and of the other operations that take most.

    variants: name → seconds of each operation.
    """
    lines = markdown_head(["variant", "matrix products", "the most in other operations"])
    for variant, seconds in variants.items():
        total = sum(seconds.values())
        products = sum(each for name, each in seconds.items() if name in PRODUCTS)
        others = sorted(((each, name) for name, each in seconds.items() if name not in PRODUCTS), reverse=True)
        cells = [f"{name.removeprefix('aten::')} {each / total:.1%}" for each, name in others[:SHOWN]]
        lines.append(f"| {variant} | {products / total:.1%} | {', '.join(cells)} |")
    return lines
