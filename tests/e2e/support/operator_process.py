"""The built operator as a process."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import requests

from rig.ports import free_port
from support.eventually import eventually
from support.rig import TREE, Rig

_STOP_SECONDS = 40  # it drains for up to 30
_CONTINUE_EVERY = 0.5
_CLUSTER = "--cluster-connections"
_SANITIZER_REPORT = re.compile(
    r"ERROR: (Address|Leak|UndefinedBehavior)Sanitizer|WARNING: ThreadSanitizer|: runtime error: "
)


def binary() -> Path:
    """$OPERATOR_BINARY, or what the preset dev builds."""
    path = Path(os.environ.get("OPERATOR_BINARY") or TREE / "build/dev/offset-reset-operator")
    assert os.access(path, os.X_OK), f"{path} is not there: cmake --workflow --preset dev"
    return path


class OperatorProcess:
    """Watches one namespace. Can be killed and started again; its log goes on in the same file."""

    def __init__(
        self,
        rig: Rig,
        namespaces: str,
        log: Path,
        flags: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
        kubeconfig: Path | None = None,
    ) -> None:
        """Without a kubeconfig of its own it may do everything.

        Cluster connections are everybody's: only who is about them uses them, by a flag.
        """
        self.log_file = log
        self.metrics_url = f"http://127.0.0.1:{free_port()}/metrics"
        self.health_url = f"http://127.0.0.1:{free_port()}"
        self._command = [
            str(binary()),
            f"--watch-namespaces={namespaces}",
            f"--metrics-bind-address={_address(self.metrics_url)}",
            f"--health-probe-bind-address={_address(self.health_url)}",
            *(() if any(flag.startswith(_CLUSTER) for flag in flags) else (f"{_CLUSTER}=false",)),
            *flags,
        ]
        self._environment = os.environ | {"KUBECONFIG": str(kubeconfig or rig.kubeconfig)}
        self._environment |= environment or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._may_end = False
        self._died_with: int | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the operator was not started"
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def start(self, wait_ready: bool = True) -> None:
        assert self._process is None or self.returncode is not None, "the operator runs already"
        self._notice_death()
        self._may_end = False
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment
            )
        if wait_ready:
            self.wait_ready()

    def wait_ready(self, seconds: float = 30) -> None:
        def ready() -> bool:
            if self.returncode is not None:
                raise RuntimeError(f"the operator exited with {self.returncode}:\n{self.output()}")
            return self._is_ready()

        eventually("operator ready", ready, seconds)

    def stop(self) -> int:
        """Ends it as Kubernetes does. Its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a crash does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kills it and starts it again."""
        self.kill()
        self.start()

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None, "the operator was not started"
        self._may_end |= number not in (signal.SIGSTOP, signal.SIGCONT)
        self._process.send_signal(number)

    def wait_ended(self, seconds: float = 30) -> int:
        """Its exit code, once it has ended by itself or by what was sent to it."""
        self._may_end = True
        assert self._process is not None, "the operator was not started"
        return self._process.wait(seconds)

    @property
    def died_with(self) -> int | None:
        """Its exit code when it has ended although nobody had asked it to, over restarts."""
        self._notice_death()
        return self._died_with

    def go_on(self) -> None:
        """Lets it go on if it is stopped.

        No other gets SIGCONT: LeakSanitizer waits for ever if one comes while it stops its process.
        """
        if self._is_stopped():
            self.send(signal.SIGCONT)

    def output(self) -> str:
        """All it wrote, over restarts."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log(self, **fields: object) -> list[dict]:
        """Its log's events that have these values, as in log(reason="GroupActive")."""
        events = [event for line in self.output().splitlines() if (event := _event(line))]
        return [e for e in events if all(e.get(name) == value for name, value in fields.items())]

    def wait_log(self, seconds: float = 30, **fields: object) -> list[dict]:
        """Its log's events that have these values, once there are some."""
        return eventually(f"log of {fields}", lambda: self.log(**fields), seconds)

    def wait_held(self, times: int = 1) -> None:
        """Returns when it was so often at the moment at which it is held; see the fixture hold."""

        def held() -> bool:
            count = len(self.log(msg="held"))
            assert count == times, f"{count} of {times}"
            return True

        eventually("operator held", held)

    def metrics(self) -> dict[str, float]:
        """Its series, such as 'offset_reset_total{reason="OffsetsReset"}', and their values."""
        answer = requests.get(self.metrics_url, timeout=5)
        answer.raise_for_status()
        lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
        return {series: float(value) for series, value in (x.rsplit(" ", 1) for x in lines)}

    def probe(self, path: str) -> requests.Response:
        """The answer of /healthz, /livez or /readyz."""
        return requests.get(self.health_url + path, timeout=5)

    def sanitizer_report(self) -> str | None:
        """What a sanitizer complained about, from there on."""
        found = _SANITIZER_REPORT.search(self.output())
        return self.output()[found.start() :] if found else None

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.health_url}/readyz", timeout=2).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False

    def _is_stopped(self) -> bool:
        """Whether SIGSTOP holds it; a debugger or sanitizer is another state."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except FileNotFoundError:
            return False
        return stat.rpartition(")")[2].split()[0] == "T"

    def _notice_death(self) -> None:
        if self.returncode is not None and not self._may_end:
            self._died_with = self.returncode

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._notice_death()
        self._may_end = True
        if self._process.poll() is None:
            self._process.send_signal(how)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            # One that a test stopped hears nothing, and one that is held may be held once more.
            self.go_on()
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(_CONTINUE_EVERY)
        self._process.kill()
        self._process.wait(_STOP_SECONDS)
        raise AssertionError(f"the operator ran on for {_STOP_SECONDS} s after {how.name}")


def complaints(operators: list[OperatorProcess]) -> list[str]:
    """Stops them. What they left in their logs or as exit codes that must not be."""
    problems = []
    for operator in operators:
        was_running = operator.returncode is None
        code = operator.stop()
        if report := operator.sanitizer_report():
            problems.append(f"{operator.log_file.name}: {report}")
        elif operator.died_with is not None:
            died_with = f"ended by itself, exit code {operator.died_with}"
            problems.append(f"{operator.log_file.name}: {died_with}")
        elif was_running and code != 0:
            problems.append(f"{operator.log_file.name}: exit code {code} after SIGTERM")
    return problems


def _address(url: str) -> str:
    return url.split("/")[2]


def _event(line: str) -> dict | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None  # a sanitizer's report, or a line that was cut by a kill
    return event if isinstance(event, dict) else None
