"""Three brokers, each of them the coordinator of some groups and the leader of some partitions."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog, effective
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, reason
from support.rig import Rig
from support.scene import keep_going

BROKERS = {1, 2, 3}
GROUPS = 12
PARTITIONS = 6
SERIES = 150
RECORDS = 20
INSTANT = 1571812144000
# Partition p has its first record at or after INSTANT at offset 5 + p.
DESTINATIONS = {
    "earliest": ({"position": "Earliest"}, {p: 2 for p in range(PARTITIONS)}),
    "latest": ({"position": "Latest"}, {p: RECORDS for p in range(PARTITIONS)}),
    "offset": ({"offset": 10}, {p: 10 for p in range(PARTITIONS)}),
    "timestamp": ({"timestamp": INSTANT}, {p: 5 + p for p in range(PARTITIONS)}),
}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig.own(tmp_path_factory.mktemp("rig"), "--brokers=3") as own:
        yield own


@pytest.fixture
def records(kafka: Kafka, topic: str) -> None:
    kafka.create_topic_on([*BROKERS] * (PARTITIONS // len(BROKERS)), topic)
    for partition in range(PARTITIONS):
        times = [INSTANT + 1000 * (i - 5 - partition) for i in range(RECORDS)]
        kafka.produce(topic, RECORDS, partition, times)
    kafka.delete_records(topic, {p: 2 for p in range(PARTITIONS)})


def _groups_of_every_coordinator(kafka: Kafka, group: str) -> list[str]:
    """So many groups that each broker has the same number of them."""
    by_broker: dict[int, list[str]] = {broker: [] for broker in BROKERS}
    number = 0
    while any(len(names) < GROUPS // len(BROKERS) for names in by_broker.values()):
        assert number < 200, f"coordinators: { {b: len(n) for b, n in by_broker.items()} }"
        name = f"{group}-{number}"
        names = by_broker[kafka.coordinator(name)]
        if len(names) < GROUPS // len(BROKERS):
            names.append(name)
        number += 1
    return [name for names in by_broker.values() for name in names]


def test_groups_of_every_coordinator_are_moved_to_every_destination(
    records: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    groups = _groups_of_every_coordinator(kafka, group)
    right = 0
    for name, (to, wanted) in DESTINATIONS.items():
        names = {f"{name}-{i}": of_group for i, of_group in enumerate(groups)}
        for of_group in groups:  # elsewhere, so that there is something to do
            kafka.commit(of_group, topic, {p: 15 for p in range(PARTITIONS)})
        kubectl.apply(*[resets.manifest(reset, groupId=g, to=to) for reset, g in names.items()])
        for reset, of_group in names.items():
            status = resets.wait_closed(reset)
            assert reason(status) == "OffsetsReset", status
            assert kafka.committed(of_group, topic) == wanted
            after = {row["partition"]: row["after"] for row in status["partitions"]}
            assert after == wanted
            right += 1
    assert right == GROUPS * len(DESTINATIONS)


def test_a_reset_follows_when_the_groups_coordinator_is_lost(
    records: None,
    operator: OperatorProcess,
    rig: Rig,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    kafka.commit(group, topic, {p: 15 for p in range(PARTITIONS)})
    resets.apply("warm", to={"offset": 12})
    resets.wait_closed("warm")
    coordinator = kafka.coordinator(group)
    rig.control("kafka", "kill", str(coordinator))
    try:
        resets.apply("replay", to={"offset": 10})
        # Topics have one replica: what the lost broker led is away with it.
        resets.wait_reason("replay", "KafkaUnavailable")
    finally:
        rig.control("kafka", "start", str(coordinator))
    assert reason(resets.wait_closed("replay", 60)) == "OffsetsReset"
    _wait_committed(kafka.bootstrap, group, topic, 10)


def test_a_new_coordinator_is_not_believed_before_it_knows_what_was_committed(
    records: None,
    operator: OperatorProcess,
    rig: Rig,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    kafka.commit(group, topic, {p: 15 for p in range(PARTITIONS)})
    first = kafka.coordinator(group)
    rig.control("kafka", "kill", str(first))
    eventually("another coordinator", lambda: Kafka(kafka.bootstrap).coordinator(group) != first)
    # It becomes the coordinator again as soon as it is back: in the middle of these.
    targets = {f"replay-{i:03}": 12 + i % 2 for i in range(SERIES)}
    with ThreadPoolExecutor() as pool:
        start = pool.submit(rig.control, "kafka", "start", str(first))
        kubectl.apply(*[resets.manifest(r, to={"offset": o}) for r, o in targets.items()])
        start.result()
    before = 15
    for reset, target in targets.items():
        status = resets.wait_closed(reset, 240)
        rows = {(row["before"], row["after"]) for row in status["partitions"]}
        assert (reason(status), rows) == ("OffsetsReset", {(before, target)}), reset
        before = target
    assert kafka.coordinator(group) == first
    outcome(
        "F15",
        "the coordinator moves, and back",
        f"every step of {SERIES} resets",
        "each from where the last one ended",
    )


@pytest.mark.parametrize("moment", ["before SavePlan", "before CommitRequest", "before Verify"])
def test_a_reset_whose_coordinator_dies_in_its_middle_is_done_once(
    records: None,
    hold: Callable[[str], OperatorProcess],
    rig: Rig,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
    outcome: Outcome,
    moment: str,
) -> None:
    kafka.commit(group, topic, {p: 15 for p in range(PARTITIONS)})
    operator = hold(moment)
    resets.apply("replay", to={"offset": 10})
    operator.wait_held()
    coordinator = kafka.coordinator(group)
    rig.control("kafka", "kill", str(coordinator))
    keep_going(operator)
    # What it led of the topic is away with it, as topics have one replica.
    rig.control("kafka", "start", str(coordinator))
    assert reason(resets.wait_closed("replay", 60)) == "OffsetsReset"
    _wait_committed(kafka.bootstrap, group, topic, 10)
    for commits in offsets_log.commits(group, topic).values():
        assert effective(commits) == [15, 10]
    outcome("F15", "the coordinator dies", moment, "OffsetsReset, committed once")


def _wait_committed(bootstrap: str, group: str, topic: str, offset: int) -> None:
    """Kafka itself may answer with older commits for a moment, when the coordinator changes."""
    anew = Kafka(bootstrap)  # the other one may still wait for the broker that was lost
    wanted = {p: offset for p in range(PARTITIONS)}
    eventually(f"{group} at {offset}", lambda: anew.committed(group, topic) == wanted)
