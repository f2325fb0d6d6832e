"""The kinds of resets that the soak makes, and what must have come of each."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from support.timed_topic import BEFORE, FIRST_AT_INSTANT, INSTANT, LOG_END, LOG_START

SOURCE = "soak-source"  # a group
SOURCE_OFFSETS = {0: 3, 1: 4, 2: 5}
CONFIG_MAP = "positions"
CONFIG_MAP_OFFSETS = {0: 6, 2: 7}
# Longer than all faults together take.
_PATIENCE = {"waitSeconds": 3600}


@dataclass(frozen=True)
class Expectation:
    reason: str
    # Where the reset moves partitions; None: to no commit. Empty: nowhere.
    after: dict[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """Fields of a spec, with what a test has to do on the way to the end."""

    name: str
    fields: dict
    expected: Expectation
    on_reason: str = ""  # when the reset is there for this reason,
    patch: dict = field(default_factory=dict)  # its spec gets these fields,
    has_member: bool = False  # or the member leaves that its group has


def _all(offset: int | None) -> dict[int, int | None]:
    return dict.fromkeys(BEFORE, offset)


def _moved(after: dict[int, int | None]) -> Expectation:
    return Expectation("OffsetsReset", after)


def _offset(chance: random.Random) -> Kind:
    to = chance.randint(LOG_START, LOG_END)
    return Kind("offset", {"to": {"offset": to}}, _moved(_all(to)))


def _one_partition(chance: random.Random) -> Kind:
    partition, to = chance.choice(list(BEFORE)), chance.randint(LOG_START, 14)
    fields = {"to": {"offset": to}, "partition": partition}
    return Kind("one partition", fields, _moved({partition: to}))


def _timestamp(_chance: random.Random) -> Kind:
    return Kind("timestamp", {"to": {"timestamp": INSTANT}}, _moved(dict(FIRST_AT_INSTANT)))


def _ago(_chance: random.Random) -> Kind:
    return Kind("ago", {"to": {"ago": "1h"}}, _moved(_all(LOG_END)))  # the records are older


def _earliest(_chance: random.Random) -> Kind:
    return Kind("earliest", {"to": {"position": "Earliest"}}, _moved(_all(LOG_START)))


def _none(_chance: random.Random) -> Kind:
    return Kind("none", {"to": {"position": "None"}}, _moved(_all(None)))


def _shift(chance: random.Random) -> Kind:
    by = -chance.randint(1, 10)
    return Kind("shift", {"to": {"shiftBy": by}}, _moved({p: o + by for p, o in BEFORE.items()}))


def _group(_chance: random.Random) -> Kind:
    return Kind("group", {"to": {"group": SOURCE}}, _moved(dict(SOURCE_OFFSETS)))


def _csv(_chance: random.Random) -> Kind:
    reference = {"configMapKeyRef": {"name": CONFIG_MAP, "key": "csv"}}
    fields = {"topic": None, "to": {"csvFrom": reference}}
    return Kind("CSV", fields, _moved(dict(CONFIG_MAP_OFFSETS)))


def _brief(chance: random.Random) -> Kind:
    fields = {"to": {"offset": chance.randint(LOG_START, 14)}, "ttlSecondsAfterFinished": 2}
    return Kind("time to live", fields, Expectation("gone", _all(fields["to"]["offset"])))


def _refused(_chance: random.Random) -> Kind:
    fields = {"to": {"offset": LOG_END + 1}, "outOfRange": "Fail"}
    return Kind("refused", fields, Expectation("OffsetOutOfRange"))


def _suspended(chance: random.Random) -> Kind:
    return _changed("suspended", chance, {"suspend": True}, "Suspended", {"suspend": False})


def _approved(chance: random.Random) -> Kind:
    return _changed("dry run", chance, {"dryRun": True}, "DryRunSucceeded", {"dryRun": False})


def _changed(name: str, chance: random.Random, first: dict, reason: str, then: dict) -> Kind:
    to = chance.randint(LOG_START, 14)
    return Kind(name, {"to": {"offset": to}} | first, _moved(_all(to)), reason, then)


def _waiting(chance: random.Random) -> Kind:
    to = chance.randint(LOG_START, 14)
    fields = {"to": {"offset": to}} | _PATIENCE
    return Kind("waiting", fields, _moved(_all(to)), "GroupActive", has_member=True)


_KINDS: list[tuple[Callable[[random.Random], Kind], int]] = [
    (_offset, 4),
    (_one_partition, 2),
    (_timestamp, 2),
    (_ago, 2),
    (_earliest, 2),
    (_none, 2),
    (_shift, 2),
    (_group, 2),
    (_csv, 2),
    (_brief, 2),
    (_refused, 2),
    (_suspended, 2),
    (_approved, 2),
    (_waiting, 1),  # a process each
]


def draw(chance: random.Random) -> Kind:
    makers, weights = zip(*_KINDS, strict=True)
    return chance.choices(makers, weights)[0](chance)
