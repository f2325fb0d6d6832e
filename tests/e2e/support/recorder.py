"""Every state that resets and connections are in while the tests run, as watches see it."""

import json
import os
import secrets
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from support.eventually import eventually
from support.kubectl import Kubectl, KubectlError

FOLDER = "RESET_STATES"  # an environment variable, so that all processes of a run write there
_API = "/apis/offsetreset.io/v1alpha1"
_PLURALS = ("offsetresets", "kafkaconnections", "clusterkafkaconnections")
_OPERATOR = "offset-reset-operator"
_ROWS = 3  # of a status; no tool looks at them
CATCH_UP_SECONDS = 15
_PAUSE_SECONDS = 0.3


@contextmanager
def recording(kubeconfig: Path) -> Iterator[None]:
    """Writes down each state that resets and connections of this rig are in from now on.

    At the end, the watches must have seen all that is there: what saw nothing would find no fault.
    """
    recorders = [Recorder(kubeconfig, plural) for plural in _PLURALS]
    with ExitStack() as stack:
        for recorder in recorders:
            recorder.start()
            stack.callback(recorder.stop)
        yield
        for recorder in recorders:
            recorder.catch_up()


def recorded() -> list[dict]:
    """One in each of the states that were seen during this run, in all of its processes."""
    files = sorted(Path(os.environ[FOLDER]).iterdir())
    objects = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return list({state(found): found for found in objects}.values())


def state(found: dict) -> str:
    """What can make a difference to a tool: no name, time, text or number."""
    metadata, spec, status = found["metadata"], found["spec"], found.get("status", {})
    parts = [
        found["kind"],
        metadata["generation"] == status.get("observedGeneration"),
        "deletionTimestamp" in metadata,
        [spec.get("suspend"), spec.get("dryRun")],
        status.get("closed"),
        "partitions" in status,
        [[c["type"], c["status"], c["reason"]] for c in status.get("conditions", [])],
    ]
    return json.dumps(parts)


class Recorder:
    """Of one kind."""

    def __init__(self, kubeconfig: Path, plural: str) -> None:
        self._plural = plural
        self._kubectl = Kubectl(kubeconfig)
        self._watch = ["kubectl", f"--kubeconfig={kubeconfig}", "get", "--raw"]
        self._watch += [f"{_API}/{plural}?watch=true"]
        self._file = Path(os.environ[FOLDER], secrets.token_hex(8))
        self._before = set(self._versions())
        self._seen: dict[str, str] = {}
        self._states: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def catch_up(self) -> None:
        """Returns when all has been seen that is there; fails if that never comes."""
        plural = self._plural

        def missing() -> list[str]:
            there = {uid: v for uid, v in self._versions().items() if uid not in self._before}
            return [uid for uid, version in there.items() if self._seen.get(uid) != version]

        def complete() -> bool:
            assert not (unseen := missing()), f"{len(unseen)} {plural} were not watched to the end"
            return True

        eventually(f"the watch of {plural} up to date", complete, CATCH_UP_SECONDS, every=0.2)

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
            if self._process is not None:
                self._process.terminate()
        self._thread.join()

    def _versions(self) -> dict[str, str]:
        """The resourceVersion of each, by uid; none where they are not defined (yet)."""
        try:
            found = json.loads(self._kubectl("get", "--raw", f"{_API}/{self._plural}"))["items"]
        except KubectlError as error:
            if "NotFound" in str(error):
                return {}
            raise
        return {one["metadata"]["uid"]: one["metadata"]["resourceVersion"] for one in found}

    def _run(self) -> None:
        """Watches, again and again: the definition may come later, the server may go away."""
        while (process := self._begin()) is not None:
            assert process.stdout is not None
            for line in process.stdout:
                self.take(line)
            process.wait()
            self._stopped.wait(_PAUSE_SECONDS)

    def _begin(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopped.is_set():
                return None
            self._process = subprocess.Popen(
                self._watch,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            return self._process

    def take(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return  # cut off, as the server went away
        found = event["object"]
        if event["type"] not in ("ADDED", "MODIFIED") or found["metadata"]["uid"] in self._before:
            return
        if (seen := state(found)) not in self._states and not _is_invented(found):
            self._states.add(seen)
            with self._file.open("a") as file:
                file.write(json.dumps(_short(found)) + "\n")
        self._seen[found["metadata"]["uid"]] = found["metadata"]["resourceVersion"]


def _is_invented(found: dict) -> bool:
    """Whether a test wrote into the status itself."""
    fields = found["metadata"].get("managedFields", [])
    writers = {f["manager"] for f in fields if f.get("subresource") == "status"}
    return not writers <= {_OPERATOR}


def _short(found: dict) -> dict:
    found["metadata"].pop("managedFields", None)
    status = found.get("status", {})
    if "partitions" in status:
        status["partitions"] = status["partitions"][:_ROWS]
    return found
