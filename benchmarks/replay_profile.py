"""Where a replay spends its time: `python -m benchmarks.replay_profile --days 30`.

The stack is looked at once every two milliseconds of processor time, which slows nothing down, unlike counting calls.
A function's share is how often it was on the stack; that of an `async def` includes what it awaits.
"""

import argparse
import signal
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

import ballast
from ballast.bootstrap.replay.run import replay
from benchmarks.replay_speed import DAYS, once

EVERY_S = 0.002
ROWS = 45
HOME = Path(ballast.__path__[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=DAYS)
    days = parser.parse_args().days
    seen: Counter[CodeType] = Counter()
    looks = 0

    def look(_signal: int, frame: FrameType | None) -> None:
        nonlocal looks
        stack: set[CodeType] = set()
        while frame is not None:
            stack.add(frame.f_code)
            frame = frame.f_back
        if replay.__code__ in stack:
            looks += 1
            seen.update(stack)

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    once(days)
    signal.setitimer(signal.ITIMER_PROF, 0)
    ours = [(code, count) for code, count in seen.most_common() if Path(code.co_filename).is_relative_to(HOME)]
    for code, count in ours[:ROWS]:
        print(f"{count / looks:6.1%}  {Path(code.co_filename).relative_to(HOME)}:{code.co_qualname}")


if __name__ == "__main__":
    main()
