"""Progress on standard error, so that standard output stays free for what a command returns."""

import sys
import threading
import time

_lock = threading.Lock()


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._start

    def __str__(self) -> str:
        return f"{self.seconds():.1f} s"


def say(line: str) -> None:
    """One line of progress; whole lines even when several threads report."""
    with _lock:
        print(f"rig: {line}", file=sys.stderr, flush=True)


def minutes(seconds: float) -> str:
    """A duration as people read it from a clock: 3:07."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
