"""The table of faults: what came of each at each step of a reset, on real servers.

What a fake API server can do as well is in the table that tests/integration prints.
"""

from dataclasses import dataclass
from itertools import groupby

import pytest

# What has to be injected here; tests/lint holds it together with the other table's list.
FAULTS = {
    "F1": "the operator dies",
    "F2": "a reply is lost after the request was applied",
    "F7": "after a restart, an API server that is behind",
    "F8": "the leader sleeps for longer than its lease",
    "F9": "two operators work at once",
    "F11": "the reset goes, or another one has its name",
    "F12": "the resource's definition goes, or is an older one",
    "F13": "credentials are rotated",
    "F14": "the status is too large",
    "F15": "Kafka changes in between",
    "F16": "a restart with many closed resets",
    "F17": "a reset is restored, or created again",
    "F18": "somebody else edits the reset",
    "F19": "events or the lease can't be written",
}
_PROPERTY = "fault"


@dataclass(frozen=True)
class Row:
    fault: str
    what: str
    step: str
    outcome: str


def record(item: pytest.Item, row: Row) -> None:
    """Adds it to what the test tells of itself, which gets from a worker to the main process."""
    assert row.fault in FAULTS, f"{row.fault} is none of {', '.join(FAULTS)}"
    item.user_properties.append((_PROPERTY, [row.fault, row.what, row.step, row.outcome]))


class FaultTable:
    """A plugin of the main process: collects the rows of the tests that passed."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            found = [value for name, value in report.user_properties if name == _PROPERTY]
            self.rows += [Row(*values) for values in found]

    def missing(self) -> list[str]:
        """The faults that nothing came of."""
        return [f"{fault} ({what})" for fault, what in FAULTS.items() if not self._of(fault)]

    def lines(self) -> list[str]:
        """A line for each way in which a fault showed and what came of it, with its steps.

        A row is told only where its oracles were asserted, so what is lost, repeated or false is a
        failed test instead.
        """
        if not self.rows:
            return []
        found = ["fault x step -> outcome: the operator's process, on real servers"]
        for fault, what in FAULTS.items():
            if rows := self._of(fault):
                found += [f"{fault:<4}{what}", *_lines_of(rows)]
        return [*found, f"{len(self.rows)} cases: 0 lost, 0 repeated, 0 false"]

    def _of(self, fault: str) -> list[Row]:
        return [row for row in self.rows if row.fault == fault]


def _lines_of(rows: list[Row]) -> list[str]:
    def what_and_outcome(row: Row) -> tuple[str, str]:
        return row.what, row.outcome

    lines = []
    for (what, outcome), same in groupby(sorted(rows, key=what_and_outcome), what_and_outcome):
        steps = list(dict.fromkeys(row.step for row in same))
        lines.append(f"      {what}: {', '.join(steps)} -> {outcome}")
    return lines
