"""Random resets of random logs: a group ends where Kafka's own tool would have moved it.

What the tool refuses as a whole (a shift of a partition without a commit, all topics of a group
without commits) is refused here too, so no case has to be left out. Left out are partitions and
topics that do not exist: the tool commits for none, and neither is there anything to compare.
"""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support import kafka_tool
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl, config_map
from support.operator_process import OperatorProcess
from support.random_logs import SEED, RandomLogs, Topic
from support.resets import Resets, reason
from support.rig import Rig

CASES = 100
TOPICS = 12

Partition = tuple[str, int]


@dataclass(frozen=True)
class Scope:
    """Partitions, in the words of both."""

    flags: list[str]
    fields: dict
    partitions: list[Partition]


@dataclass
class Case:
    """A group's commits, and one reset in the words of both."""

    commits: dict[Partition, int]
    flags: list[str]  # of Kafka's tool
    fields: dict  # of spec
    csv: str = ""
    group: str = field(default="")

    @property
    def twin(self) -> str:
        return f"{self.group}-tool"

    def __str__(self) -> str:
        return f"{' '.join(self.flags)} of {self.commits}, as {self.fields} {self.csv!r}"


class Cases:
    """Makes them up."""

    def __init__(self, chance: random.Random, topics: list[Topic], folder: Path) -> None:
        self._chance = chance
        self._topics = topics
        self._folder = folder
        self._count = 0

    def make(self) -> Case:
        self._count += 1
        makers: list[Callable[[], Case]] = [
            self._to_offset,
            self._to_datetime,
            self._by_duration,
            self._to_earliest,
            self._to_latest,
            self._to_current,
            self._shift_by,
            self._from_file,
            self._delete_offsets,
        ]
        return makers[self._count % len(makers)]()

    # -- destinations

    def _to_offset(self) -> Case:
        offset = self._offset()
        return self._case(self._scope(), ["--to-offset", str(offset)], {"offset": offset})

    def _to_datetime(self) -> Case:
        times = [time for topic in self._topics for time in topic.times]
        at = self._chance.choice(times) + self._chance.choice((-1, 0, 1, 1800_000))
        text = _rfc3339(at)
        timestamp = self._chance.choice((text, at))
        return self._case(self._scope(), ["--to-datetime", text], {"timestamp": timestamp})

    def _by_duration(self) -> Case:
        # Halfway between two hours: the two need not begin at the same moment.
        hours = self._chance.randrange(52)
        ago = f"{hours}h30m" if self._chance.random() < 0.5 else f"PT{hours}H30M"
        flags = ["--by-duration", f"PT{hours}H30M"]
        return self._case(self._scope(), flags, {"ago": ago})

    def _to_earliest(self) -> Case:
        return self._case(self._scope(), ["--to-earliest"], {"position": "Earliest"})

    def _to_latest(self) -> Case:
        return self._case(self._scope(), ["--to-latest"], {"position": "Latest"})

    def _to_current(self) -> Case:
        # The tool has one policy for partitions without a commit.
        policy = {"missingCommit": "Set"}
        return self._case(self._scope(), ["--to-current"], {"position": "Current"}, policy)

    def _shift_by(self) -> Case:
        by = self._chance.choice((-1000, 1000, *range(-20, 0), *range(1, 20)))
        case = self._case(scope := self._scope(), ["--shift-by", str(by)], {"shiftBy": by})
        if self._chance.random() < 0.8:  # or else the tool refuses most of them
            case.commits |= {p: self._offset() for p in scope.partitions if p not in case.commits}
        return case

    def _from_file(self) -> Case:
        rows = self._chance.sample(every := self._every_partition(), min(len(every), 5))
        offsets = {row: self._offset() for row in rows}
        csv = "".join(f"{topic},{p},{offset}\n" for (topic, p), offset in offsets.items())
        file = self._folder / f"{self._count}.csv"
        file.write_text(csv)
        reference = {"name": f"csv-{self._count}", "key": "offsets"}
        fields = {"topic": None, "to": {"csvFrom": {"configMapKeyRef": reference}}}
        flags = ["--reset-offsets", "--from-file", str(file), "--execute"]
        return Case(self._commits(), flags, fields, csv)

    def _delete_offsets(self) -> Case:
        scope = self._scope(may_be_all=False)
        flags = ["--delete-offsets", *scope.flags]
        return Case(self._commits(), flags, scope.fields | {"to": {"position": "None"}})

    def _case(self, scope: Scope, flags: list[str], to: dict, more: dict | None = None) -> Case:
        flags = ["--reset-offsets", *scope.flags, *flags, "--execute"]
        return Case(self._commits(), flags, scope.fields | {"to": to} | (more or {}))

    # -- scopes

    def _scope(self, may_be_all: bool = True) -> Scope:
        kinds = [self._one_topic, self._one_partition, self._some_topics]
        return self._chance.choice([*kinds, self._all_topics] if may_be_all else kinds)()

    def _one_topic(self) -> Scope:
        topic = self._chance.choice(self._topics)
        fields = self._chance.choice(
            (
                {"topic": topic.name},
                {"topic": topic.name, "partition": -1},
                {"topic": None, "topics": [{"name": topic.name}]},
            )
        )
        return Scope(["--topic", topic.name], fields, _partitions(topic))

    def _one_partition(self) -> Scope:
        name, partition = self._chance.choice(self._every_partition())
        fields = {"topic": name, "partition": partition}
        return Scope(["--topic", f"{name}:{partition}"], fields, [(name, partition)])

    def _some_topics(self) -> Scope:
        scope = Scope([], {"topic": None, "topics": []}, [])
        for topic in self._chance.sample(self._topics, self._chance.randint(1, 3)):
            partitions = _partitions(topic)
            entry: dict = {"name": topic.name}
            flag = topic.name
            if self._chance.random() < 0.5:
                partitions = self._chance.sample(
                    partitions, self._chance.randint(1, len(partitions))
                )
                entry["partitions"] = [p for _, p in partitions]
                flag += f":{','.join(str(p) for _, p in partitions)}"
            scope.flags.extend(["--topic", flag])
            scope.fields["topics"].append(entry)
            scope.partitions.extend(partitions)
        return scope

    def _all_topics(self) -> Scope:
        return Scope(["--all-topics"], {"topic": None, "allTopics": True}, [])

    # -- where groups are, and where they go

    def _commits(self) -> dict[Partition, int]:
        """Of a group that has read a part of everything, inside and outside of the logs."""
        share = self._chance.choice((0, 0.3, 0.8, 1))
        every = self._every_partition()
        return {p: self._offset() for p in every if self._chance.random() < share}

    def _every_partition(self) -> list[Partition]:
        return [p for topic in self._topics for p in _partitions(topic)]

    def _offset(self) -> int:
        return self._chance.choice((0, 1_000_000, *(self._chance.randint(0, 60) for _ in range(8))))


def _partitions(topic: Topic) -> list[Partition]:
    return [(topic.name, p) for p in range(topic.partitions)]


def _rfc3339(milliseconds: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_random_resets_end_where_kafkas_own_tool_ends(
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    rig: Rig,
    kafka: Kafka,
    group: str,
    topic: str,
    tmp_path: Path,
) -> None:
    chance = random.Random(os.environ[SEED])
    logs = RandomLogs(kafka, chance, int(time.time() * 1000))
    topics = [logs.create(f"{topic}-{i}") for i in range(TOPICS)]
    maker = Cases(chance, topics, tmp_path)
    cases = {i: maker.make() for i in range(1, CASES + 1)}
    for i, case in cases.items():
        case.group = f"{group}-{i}"
        for name in (case.group, case.twin):
            if case.commits:
                kafka.commit_all(name, case.commits)
    with kafka.open_transaction(topics[0].name, 3):
        said = kafka_tool.consumer_groups(
            rig, [["--group", case.twin, *case.flags] for case in cases.values()]
        )
        kubectl.apply(*[config_map(f"csv-{i}", offsets=c.csv) for i, c in cases.items() if c.csv])
        kubectl.apply(
            *[resets.manifest(f"case-{i}", groupId=c.group, **c.fields) for i, c in cases.items()]
        )

        def all_closed() -> dict[str, dict]:
            found = {r["metadata"]["name"]: r.get("status", {}) for r in resets.all()}
            assert len(found) == CASES
            for name, status in found.items():
                assert status.get("closed"), (name, reason(status))
            return found

        statuses = eventually("resets closed", all_closed, seconds=60)
    reasons = {i: reason(statuses[f"case-{i}"]) for i in cases}
    seed = f"{SEED}={os.environ[SEED]}"
    for i, case in cases.items():
        ours, theirs = kafka.all_committed(case.group), kafka.all_committed(case.twin)
        assert ours == theirs, f"{seed}, case {i}: {case}; {reasons[i]}; the tool: {said[i - 1]}"
        stayed = ("NothingToReset", "CommitMissing") if ours == case.commits else ()
        assert reasons[i] in ("OffsetsReset", *stayed), f"{seed}, case {i}: {case}; {reasons[i]}"
    moved = [i for i in cases if reasons[i] == "OffsetsReset"]
    assert len(moved) > CASES / 2, f"{seed}: most cases compare nothing: {reasons}"
