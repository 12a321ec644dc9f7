"""Every figure, each as a ratio against a named reference in the same run: `python -m benchmarks`."""

import argparse
import json

from benchmarks import replay_speed, rpc_latency
from benchmarks.figures import show

RUNS = 5
QUICK_RUNS, QUICK_DAYS, QUICK_ROUNDS, QUICK_CALLS = 1, 8, 1, 800


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON for machines instead of a table")
    parser.add_argument("--quick", action="store_true", help="one short run of each: to see that it works")
    asked = parser.parse_args()
    if asked.quick:
        figures = replay_speed.measure(QUICK_RUNS, QUICK_DAYS)
        figures += rpc_latency.measure(QUICK_ROUNDS, QUICK_CALLS)
    else:
        figures = replay_speed.measure(RUNS, replay_speed.DAYS)
        figures += rpc_latency.measure(rpc_latency.ROUNDS, rpc_latency.CALLS)
    if asked.json:
        print(json.dumps([figure.to_json() for figure in figures], indent=1))
    else:
        show(figures)


if __name__ == "__main__":
    main()
