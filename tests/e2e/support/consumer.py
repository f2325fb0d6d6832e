"""A real consumer in a process of its own, so that it can be stopped politely or not.

Run as a program it is that process: it tells what happens to it in lines of JSON.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from confluent_kafka import OFFSET_STORED, TopicPartition
from confluent_kafka import Consumer as Client

from support.eventually import eventually

_STOP_SECONDS = 20


class Consumer:
    """A member of a group. `protocol`: classic, or consumer (KIP-848)."""

    def __init__(
        self,
        bootstrap: str,
        group: str,
        topic: str,
        *,
        protocol: str = "classic",
        client_id: str = "e2e-consumer",
        session_timeout_ms: int = 6000,
        commits: bool = False,
        pause: float = 0,
        assign: Sequence[int] = (),
        settings: dict[str, object] | None = None,
    ) -> None:
        """`commits`: commit after each record. Without it the group's commits stay as they are.

        `pause`: so many seconds between two records. `assign`: takes these partitions by itself,
        from where the group is, and so is no member of it.
        """
        configuration = {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "client.id": client_id,
            "group.protocol": protocol,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
        if protocol == "classic":  # of the other one the broker decides
            configuration |= {"session.timeout.ms": session_timeout_ms}
            configuration |= {"heartbeat.interval.ms": min(500, session_timeout_ms // 3)}
        job = {"settings": configuration | (settings or {}), "topic": topic, "commits": commits}
        job |= {"pause": pause, "assign": list(assign)}
        self._events: list[dict] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.consumer", json.dumps(job)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_assigned(self, seconds: float = 30) -> set[int]:
        """Its partitions, once it has some."""
        return eventually("consumer assigned", lambda: self.assigned, seconds)

    def wait_consumed(self, count: int, seconds: float = 30) -> list[tuple[int, int]]:
        """(partition, offset) of what it read, in order, once these are so many."""

        def enough() -> list[tuple[int, int]]:
            assert len(self.consumed) >= count, f"{len(self.consumed)} records"
            return self.consumed

        return eventually(f"{count} records consumed", enough, seconds)

    @property
    def assigned(self) -> set[int]:
        """The partitions it has now."""
        held: set[int] = set()
        for event in list(self._events):
            if event["event"] == "assigned":
                held |= set(event["partitions"])
            if event["event"] == "revoked":
                held -= set(event["partitions"])
        return held

    @property
    def consumed(self) -> list[tuple[int, int]]:
        records = [e for e in list(self._events) if e["event"] == "consumed"]
        return [(e["partition"], e["offset"]) for e in records]

    def stop(self) -> None:
        """Leaves the group and ends."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends without leaving the group: it counts as a member until its session timeout."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        self._reader.join(_STOP_SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.append(json.loads(line))


def _tell(event: str, **values: object) -> None:
    print(json.dumps({"event": event, **values}), flush=True)


def _run(job: dict) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    client = Client(job["settings"])
    if job["assign"]:
        client.assign([TopicPartition(job["topic"], p, OFFSET_STORED) for p in job["assign"]])
    else:
        _subscribe(client, job["topic"])
    while not stopping.is_set():
        record = client.poll(0.1)
        if record is None or record.error():
            continue
        if job["commits"]:
            client.commit(record, asynchronous=False)
        _tell("consumed", partition=record.partition(), offset=record.offset())
        stopping.wait(job["pause"])
    client.close()


def _subscribe(client: Client, topic: str) -> None:
    client.subscribe(
        [topic],
        on_assign=lambda _, rows: _tell("assigned", partitions=[r.partition for r in rows]),
        on_revoke=lambda _, rows: _tell("revoked", partitions=[r.partition for r in rows]),
        on_lost=lambda _, rows: _tell("revoked", partitions=[r.partition for r in rows]),
    )


if __name__ == "__main__":
    _run(json.loads(sys.argv[1]))
