"""Background processes that outlive the command that started them, and only those."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rig.errors import AddressInUse, RigError
from rig.report import Stopwatch, say

STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02
# How etcd and the Kubernetes programs (Go) and Kafka (Java) say it, in lower case.
_BIND_FAILURES = ("address already in use", "address in use")


@dataclass(frozen=True)
class Process:
    """A started process. Start time and command line tell it from a later one with its pid."""

    name: str
    pid: int
    start_time: str  # clock ticks since boot
    argv: list[str]

    def is_alive(self) -> bool:
        stat = _stat(self.pid)
        if stat is None or stat.state == "Z" or stat.start_time != self.start_time:
            return False
        try:
            cmdline = Path(f"/proc/{self.pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return False
        # Empty for a moment while the kernel replaces our fork by the program.
        return not cmdline or cmdline.split("\0")[:-1] == self.argv

    def rss_mib(self) -> int:
        """Resident memory in MiB, 0 if it is gone."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE") // (1 << 20)

    def signal(self, number: int) -> None:
        if not self.is_alive():
            return
        with contextlib.suppress(ProcessLookupError):  # it may end in between
            os.kill(self.pid, number)


@dataclass(frozen=True)
class _Stat:
    state: str
    start_time: str


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the name before may hold blanks
    return _Stat(state=fields[0], start_time=fields[19])


class Processes:
    """All processes of one rig: a file each with what identifies it, and a log each."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self._folder = folder
        self._logs = logs

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def all(self) -> list[Process]:
        """Everything that was started and not stopped by us, alive or not, in order of start."""
        files = sorted(self._folder.glob("*.json"), key=lambda f: f.stat().st_mtime_ns)
        return [Process(**json.loads(f.read_text())) for f in files]

    def named(self, names: list[str]) -> list[Process]:
        return [p for p in self.all() if p.name in names]

    def find(self, name: str) -> Process | None:
        return next((p for p in self.all() if p.name == name), None)

    def is_alive(self, name: str) -> bool:
        process = self.find(name)
        return process is not None and process.is_alive()

    def start(
        self, name: str, argv: list[str], environment: dict[str, str] | None = None
    ) -> Process:
        """Starts argv in a session of its own, so that it survives the caller's terminal."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("wb") as log:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}),
                start_new_session=True,
            )
        stat = _stat(child.pid)
        if stat is None:
            raise RigError(f"{name} ended at once:\n{self.tail(name)}")
        process = Process(name, child.pid, stat.start_time, argv)
        # Renamed when it is complete: all() may be reading in another thread.
        draft = self._folder / f"{name}.new"
        draft.write_text(json.dumps(asdict(process)) + "\n")
        draft.rename(self._folder / f"{name}.json")
        return process

    def wait_until(self, name: str, limit_seconds: float, is_ready: Callable[[], bool]) -> None:
        """Returns when is_ready() is true; fails with the end of its log if it dies or is late."""
        watch = Stopwatch()
        while not is_ready():
            if not self.is_alive(name):
                raise self._death(name)
            if watch.seconds() > limit_seconds:
                raise RigError(f"{name} is not ready after {watch}:\n{self.tail(name)}")
            time.sleep(_POLL_SECONDS)

    def tail(self, name: str, lines: int = 20) -> str:
        """The end of the log, marked with its path; without the frames of Java's stack traces."""
        file = self.log(name)
        text = file.read_text(errors="replace").splitlines() if file.exists() else []
        text = [line for line in text if not line.startswith("\tat ")]
        return "\n".join([f"--- end of {file}", *text[-lines:], "---"])

    def stop(self, processes: list[Process], limit_seconds: float = STOP_SECONDS) -> None:
        """Stops them side by side: SIGTERM, and SIGKILL for what is left after the limit.

        A limit of 0 is SIGKILL at once, as a crash would be.
        """
        watch = Stopwatch()
        left = self._without_dead(processes, "was not running any more")
        if limit_seconds > 0:
            self._signal(left, signal.SIGTERM)
        while left and watch.seconds() < limit_seconds:
            time.sleep(_POLL_SECONDS)
            left = self._without_dead(left, f"stopped after {watch}")
        self._signal(left, signal.SIGKILL)
        while left:
            time.sleep(_POLL_SECONDS)
            left = self._without_dead(left, f"killed after {watch}")

    @staticmethod
    def _signal(processes: list[Process], number: int) -> None:
        for process in processes:
            process.signal(number)

    def _without_dead(self, processes: list[Process], how: str) -> list[Process]:
        """Those that live; the others are reported and forgotten."""
        alive = [p for p in processes if p.is_alive()]
        for process in (p for p in processes if p not in alive):
            (self._folder / f"{process.name}.json").unlink(missing_ok=True)
            say(f"{process.name} (pid {process.pid}) {how}")
        return alive

    def _death(self, name: str) -> RigError:
        log = self.tail(name, 200).lower()
        kind = AddressInUse if any(words in log for words in _BIND_FAILURES) else RigError
        return kind(f"{name} died:\n{self.tail(name)}")
