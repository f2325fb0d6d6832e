"""The operator may die at any moment: a reset takes effect once, whatever it moves and where to."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from support import timed_topic
from support.kafka import Kafka
from support.kubectl import Kubectl, config_map
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, filled, reason
from support.timed_topic import BEFORE, FIRST_AT_INSTANT, INSTANT, LOG_END, LOG_START

Hold = Callable[..., OperatorProcess]
MakeOperator = Callable[..., OperatorProcess]
Partition = tuple[str, int]
Offsets = dict[Partition, int]

FIRST, SECOND = "first", "second"  # the two topics
SECOND_BEFORE = 4  # of its one partition
CANARY = {0: 7, 1: 8, 2: 9}  # of another group
EVERYWHERE = ("ReadKafka", "SavePlan", "CommitPlan", "CommitRequest", "Verify", "Finish")


def _around(*effects: str) -> list[str]:
    return [f"{when} {effect}" for effect in effects for when in ("before", "after")]


def _first(offsets: dict[int, int]) -> Offsets:
    return {(FIRST, p): offset for p, offset in offsets.items()}


START = _first(BEFORE) | {(SECOND, 0): SECOND_BEFORE}


def _moved(offsets: dict[int, int]) -> Offsets:
    return START | _first(offsets)


@dataclass(frozen=True)
class Destination:
    """A reset of a group that has read BEFORE, and where it leads."""

    fields: dict  # of spec; {0} and {1} are the topics, {2} begins the groups' names
    after: Offsets
    effect: str = ""  # that it has beside those of all
    is_rewind: bool = True  # so consumers may have come back to where it found them
    between: Offsets | None = None  # between its two requests, if there are two
    start: Offsets = field(default_factory=lambda: START)


UNDONE = dict.fromkeys(_first(BEFORE), 5)
CSV = {"csvFrom": {"configMapKeyRef": {"name": "positions", "key": "csv"}}}
BOTH = [{"name": "{0}"}, {"name": "{1}"}]
MIXED = [
    {"name": "{0}", "to": {"shiftBy": -1}},
    {"name": "{1}", "to": {"position": "None"}},
]
BY_1 = {p: offset - 1 for p, offset in BEFORE.items()}
DESTINATIONS = {
    "offset": Destination({"to": {"offset": 5}}, _moved(dict.fromkeys(BEFORE, 5))),
    "timestamp": Destination({"to": {"timestamp": INSTANT}}, _moved(FIRST_AT_INSTANT)),
    "ago": Destination(
        {"to": {"ago": "P3650D"}},
        _moved(dict.fromkeys(BEFORE, LOG_START)),
        effect="SaveInstant",
    ),
    "earliest": Destination(
        {"to": {"position": "Earliest"}}, _moved(dict.fromkeys(BEFORE, LOG_START))
    ),
    "latest": Destination(
        {"to": {"position": "Latest"}}, _moved(dict.fromkeys(BEFORE, LOG_END)), is_rewind=False
    ),
    "current": Destination({"to": {"position": "Current"}}, START, is_rewind=False),
    "none": Destination(
        {"topic": None, "topics": BOTH, "to": {"position": "None"}},
        {},
        between={(SECOND, 0): SECOND_BEFORE},
    ),
    "shift": Destination({"to": {"shiftBy": -1}}, _moved(BY_1)),
    "group": Destination({"to": {"group": "{2}-canary"}}, _moved(CANARY)),
    "offsets": Destination({"to": {"offsets": [{"partition": 1, "offset": 3}]}}, _moved({1: 3})),
    "csv": Destination({"topic": None, "to": CSV}, _moved({2: 3}), effect="ReadConfigMap"),
    "undo": Destination(
        {"topic": None, "to": {"undo": "undone"}},
        {(FIRST, 0): BEFORE[0]},
        effect="ReadReset",
        is_rewind=False,
        between=UNDONE | {(FIRST, 0): BEFORE[0]},
        start=UNDONE,
    ),
    "all": Destination(
        {"topic": None, "allTopics": True, "to": {"offset": 3}}, dict.fromkeys(START, 3)
    ),
    "mixed": Destination({"topic": None, "topics": MIXED}, _first(BY_1), between=_moved(BY_1)),
}
OF_THEIR_OWN = [d.effect for d in DESTINATIONS.values() if d.effect]
# In order of time.
MOMENTS = [
    *_around(*OF_THEIR_OWN, "ReadKafka", "SavePlan"),
    *("before CommitPlan", "before CommitRequest", "after CommitRequest", "after CommitPlan"),
    *_around("Verify", "Finish"),
]


class World:
    """A group for each destination, and its reset."""

    def __init__(
        self, kafka: Kafka, kubectl: Kubectl, resets: Resets, offsets_log: OffsetsLog, name: str
    ) -> None:
        self._kafka = kafka
        self._kubectl = kubectl
        self._resets = resets
        self._offsets_log = offsets_log
        self._topics = {FIRST: f"{name}-first", SECOND: f"{name}-second"}
        self._name = name
        self._destinations: dict[str, Destination] = {}

    def create(self, destinations: dict[str, Destination], operator: OperatorProcess) -> None:
        """`operator` has not been started, and will have ended."""
        self._destinations = destinations
        timed_topic.create(self._kafka, self._topics[FIRST])
        self._kafka.create_topic(self._topics[SECOND])
        self._kafka.produce(self._topics[SECOND], 10)
        self._kafka.commit(self._group("canary"), self._topics[FIRST], CANARY)
        self._kubectl.apply(config_map("positions", csv=f"{self._topics[FIRST]},2,3\n"))
        for name in destinations:
            if name == "undo":
                self._make_what_is_undone(operator)
            else:
                self._kafka.commit_all(self._group(name), self._named(START))

    def apply(self) -> None:
        self._earlier = self._offsets_log.commits_of_groups(self._name)
        names = (self._topics[FIRST], self._topics[SECOND], self._name)
        manifests = []
        for name, destination in self._destinations.items():
            fields = {"topic": names[0], "groupId": self._group(name)}
            fields |= filled(destination.fields, *names)
            manifests.append(self._resets.manifest(name, **fields))
        self._kubectl.apply(*manifests)

    def instants(self) -> dict[str, str]:
        """What `ago` is counted from, where it is known."""
        found = {name: self._resets.status(name).get("agoFrom") for name in self._destinations}
        return {name: instant for name, instant in found.items() if instant}

    def assert_stand(self, choose: Callable[[Destination], Offsets]) -> None:
        for name, destination in self._destinations.items():
            committed = self._kafka.all_committed(self._group(name))
            assert committed == self._named(choose(destination)), name

    def assert_reset_once(self) -> None:
        """All of them are done, and each row was applied exactly once."""
        for name in self._destinations:
            status = self._resets.wait_closed(name)
            assert reason(status) == "OffsetsReset", (name, status)
        self.assert_stand(lambda to: to.after)
        history = self._offsets_log.commits_of_groups(self._name)
        for name in self._destinations:
            expected = dict(self._earlier[self._group(name)])
            for row in self._resets.status(name)["partitions"]:
                if row.get("before") != row.get("after") or row.get("note") == "Recommitted":
                    at = (row["topic"], row["partition"])
                    expected[at] = [*expected[at], row.get("after")]
            assert history[self._group(name)] == expected, name

    def _make_what_is_undone(self, operator: OperatorProcess) -> None:
        """It moved one partition, and made the commits of the others."""
        group = self._group("undo")
        self._kafka.commit(group, self._topics[FIRST], {0: BEFORE[0]})
        operator.start()
        topic = self._topics[FIRST]
        self._resets.apply("undone", groupId=group, topic=topic, to={"offset": 5})
        self._resets.wait_closed("undone")
        operator.stop()

    def _group(self, destination: str) -> str:
        return f"{self._name}-{destination}"

    def _named(self, offsets: Offsets) -> Offsets:
        return {(self._topics[topic], p): offset for (topic, p), offset in offsets.items()}


@pytest.fixture
def world(
    kafka: Kafka, kubectl: Kubectl, resets: Resets, offsets_log: OffsetsLog, unique: str
) -> World:
    return World(kafka, kubectl, resets, offsets_log, unique)


def _at(moment: str) -> Callable[[Destination], Offsets]:
    """Where the group of a destination stands when the operator is there for the first time."""
    now, commit = MOMENTS.index(moment), MOMENTS.index("after CommitRequest")
    if now < commit:
        return lambda to: to.start
    if now == commit:
        return lambda to: to.after if to.between is None else to.between
    return lambda to: to.after


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_and_started_again_it_resets_once(
    world: World, hold: Hold, make_operator: MakeOperator, moment: str, outcome: Outcome
) -> None:
    effect = moment.split()[1]
    destinations = {n: d for n, d in DESTINATIONS.items() if effect in (d.effect, *EVERYWHERE)}
    world.create(destinations, make_operator())
    first = hold(moment, each_reset=True)
    world.apply()
    first.wait_held(len(destinations))
    first.kill()
    world.assert_stand(_at(moment))
    instants = world.instants()
    make_operator().start()
    world.assert_reset_once()
    assert instants.items() <= world.instants().items()
    outcome(
        "F1",
        "killed, of every destination",
        moment,
        f"{len(destinations)} of {len(destinations)} reset once",
    )


@pytest.mark.parametrize("moment", ["before FindCommit", "after FindCommit"])
def test_killed_again_while_it_looks_for_its_commit_it_still_resets_once(
    world: World, hold: Hold, make_operator: MakeOperator, moment: str, outcome: Outcome
) -> None:
    destinations = {name: d for name, d in DESTINATIONS.items() if d.is_rewind}
    world.create(destinations, make_operator())
    first = hold("after SavePlan", each_reset=True)
    world.apply()
    first.wait_held(len(destinations))
    first.kill()
    second = hold(moment, each_reset=True)
    second.wait_held(len(destinations))
    second.kill()
    world.assert_stand(lambda to: to.start)
    make_operator().start()
    world.assert_reset_once()
    outcome(
        "F1",
        "killed twice, of every destination that rewinds",
        moment,
        f"{len(destinations)} of {len(destinations)} reset once",
    )
