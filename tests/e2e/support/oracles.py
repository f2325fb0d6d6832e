"""The four oracles of a fault: Kafka now, Kafka's log, the resource's status, the API server's log.

What they saw is said in a few words, for the table of faults.
"""

from collections.abc import Callable
from dataclasses import dataclass

from support.audit import Audit
from support.kafka import Kafka
from support.offsets_log import OffsetsLog, effective
from support.resets import Resets, condition

_MOST_STATUS_WRITES = 5  # that succeed: two, one of a wait, and what a fault may cost
_WRITTEN = {"offsetresets/status", "events", "leases"}


@dataclass(frozen=True)
class Oracles:
    resets: Resets
    kafka: Kafka
    offsets_log: OffsetsLog
    audit: Audit
    group: str
    topic: str
    namespace: str

    def assert_reset_once(self, name: str, before: dict[int, int], after: dict[int, int]) -> str:
        """Done, and done once, and nothing but what it takes was written."""
        status = self.resets.wait_reason(name, "OffsetsReset", seconds=60)
        assert condition(status, "Succeeded")["status"] == "True", status
        rows = {r["partition"]: (r.get("before"), r.get("after")) for r in status["partitions"]}
        assert rows == {p: (before[p], after[p]) for p in before}, status
        self.assert_committed(before, after)
        return f"OffsetsReset, committed once, {self._status_writes()} status writes"

    def assert_committed(self, before: dict[int, int], after: dict[int, int]) -> str:
        """The group stands there, and came there by one commit, or none if it did not move."""
        assert self.kafka.committed(self.group, self.topic) == after
        for partition, commits in self.offsets_log.commits(self.group, self.topic).items():
            wanted = [o for o in (before.get(partition), after[partition]) if o is not None]
            assert effective(commits) == effective(wanted), (partition, commits)
        return "nothing committed" if after == before else "committed once"

    def _status_writes(self) -> int:
        """How many were stored; of nothing else there is any but events, the lease, a deletion."""
        writes = [r for r in self.audit.of_operator(self.namespace) if r.is_write]
        others = [r for r in writes if r.resource not in _WRITTEN and r.verb != "delete"]
        assert not others, others
        stored = [r for r in writes if r.resource == "offsetresets/status" and r.code == 200]
        assert len(stored) <= _MOST_STATUS_WRITES, stored
        return len(stored)


Outcome = Callable[[str, str, str, str], None]
