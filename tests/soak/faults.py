"""What goes wrong during the soak, at random."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

from support.operator_process import OperatorProcess
from support.rig import Rig

_BETWEEN = (4.0, 12.0)  # seconds
_PAUSE = (1.0, 6.0)  # of a process that is stopped


class Faults:
    """Does one after the other; each of them puts back in order what it has stopped."""

    def __init__(self, chance: random.Random, rig: Rig, restarted: OperatorProcess) -> None:
        self.counts: Counter[str] = Counter()
        self.error: BaseException | None = None
        self._chance = chance
        self._rig = rig
        self._operator = restarted
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Returns when they have gone on for so long, and everything is up again."""
        self._thread.join(seconds)
        self._stopped.set()
        self._thread.join()
        if self.error:
            raise self.error

    def _run(self) -> None:
        faults: list[Callable[[], None]] = [
            self._operator_killed,
            self._operator_killed,
            self._operator_restarted,
            self._operator_paused,
            self._api_server_paused,
            self._api_server_killed,
            self._broker_killed,
            self._broker_restarted,
        ]
        try:
            while not self._stopped.wait(self._chance.uniform(*_BETWEEN)):
                fault = self._chance.choice(faults)
                self.counts[fault.__name__.strip("_").replace("_", " ")] += 1
                fault()
        except BaseException as error:  # of the run, not of this thread alone
            self.error = error

    def _operator_killed(self) -> None:
        self._operator.kill()
        self._operator.start(wait_ready=False)

    def _operator_restarted(self) -> None:
        code = self._operator.stop()
        assert code == 0, f"exit code {code} after SIGTERM"
        self._operator.start(wait_ready=False)

    def _operator_paused(self) -> None:
        self._operator.send(signal.SIGSTOP)
        self._pause()
        self._operator.send(signal.SIGCONT)

    def _api_server_paused(self) -> None:
        file = self._rig.folder / "processes" / "kube-apiserver.json"
        pid = json.loads(file.read_text())["pid"]
        os.kill(pid, signal.SIGSTOP)
        self._pause()
        os.kill(pid, signal.SIGCONT)

    def _api_server_killed(self) -> None:
        self._rig.control("apiserver", "kill")
        self._rig.control("apiserver", "start")

    def _broker_killed(self) -> None:
        self._rig.control("kafka", "kill")
        self._rig.control("kafka", "start")

    def _broker_restarted(self) -> None:
        self._rig.control("kafka", "stop")
        self._rig.control("kafka", "start")

    def _pause(self) -> None:
        time.sleep(self._chance.uniform(*_PAUSE))
