"""How large a process is, over time, and whether it grows."""

import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 5
# Of a process whose memory is flat, by medians; pages come and go with what is under way.
_SLACK_MIB = 3.0
# Of the connections to the API server eight are kept; the latest burst tells how many are there.
# Each has two descriptors: the socket, and the one by which another thread cuts it.
_KEPT_DESCRIPTORS = 8 * 2


@dataclass(frozen=True)
class Size:
    seconds: float
    rss_mib: float
    threads: int
    descriptors: int


def size_of(pid: int, seconds: float = 0) -> Size:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return Size(
        seconds=seconds,
        rss_mib=int(fields["VmRSS"].split()[0]) / 1024,
        threads=int(fields["Threads"]),
        descriptors=len(os.listdir(f"/proc/{pid}/fd")),
    )


class Sampler:
    """Samples the process every few seconds, from its making to stop()."""

    def __init__(self, pid: Callable[[], int]) -> None:
        self.samples: list[Size] = []
        self._pid = pid
        self._began = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(SAMPLE_SECONDS):
            self.samples.append(size_of(self._pid(), time.monotonic() - self._began))


def growth(samples: list[Size]) -> list[str]:
    """What grew under the same work: the last third against the one before.

    The first third is the warm-up: caches fill, and the allocator gets its arenas.
    """
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    found = []
    grown = _median(last, "rss_mib") - _median(middle, "rss_mib")
    if grown > _SLACK_MIB:
        found.append(f"resident memory grew by {grown:.1f} MiB between the last two thirds")
    for what in ("threads", "descriptors"):
        before = max(getattr(s, what) for s in middle)
        if (after := _median(last, what)) > before:
            found.append(f"{what} grew from at most {before} to {after:g}, the median")
    return found


def _median(samples: list[Size], what: str) -> float:
    return statistics.median(getattr(s, what) for s in samples)


def rest_growth(before: Size, after: Size) -> list[str]:
    """What is left of the work when there is none any more."""
    found = []
    if after.threads > before.threads:
        found.append(f"{after.threads} threads at rest, {before.threads} at first")
    if after.descriptors > before.descriptors + _KEPT_DESCRIPTORS:
        found.append(f"{after.descriptors} descriptors at rest, {before.descriptors} at first")
    return found


def table(samples: list[Size], rows: int = 16) -> str:
    """Some of them, evenly spread, in lines."""
    step = max(1, len(samples) // rows)
    head = f"{'seconds':>8}{'RSS, MiB':>10}{'threads':>9}{'descriptors':>13}"
    lines = [
        f"{s.seconds:8.0f}{s.rss_mib:10.1f}{s.threads:9}{s.descriptors:13}" for s in samples[::step]
    ]
    return "\n".join([head, *lines])
