"""Which groups can be reset: those of plain consumers. Others have a tool of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.classic_member import ClassicMember
from support.eventually import eventually
from support.java_member import JavaMember
from support.kafka import Kafka
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, reason
from support.rig import Rig

RECORDS = 10
READ = {0: RECORDS}
TO = {"offset": 2}
# What tells of a refusal which tool is the right one.
TOOLS = {
    "classic": "kafka-streams-application-reset.sh",
    "streams": "kafka-streams-groups.sh",
    "share": "kafka-share-groups.sh",
}

Join = Callable[[str], JavaMember]


@pytest.fixture
def records(kafka: Kafka, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)


@pytest.fixture
def join(records: None, rig: Rig, group: str, topic: str, tmp_path: Path) -> Iterator[Join]:
    """Makes a member of this kind of group in Java."""
    members: list[JavaMember] = []

    def start(kind: str) -> JavaMember:
        members.append(JavaMember(rig, kind, group, topic, tmp_path))
        return members[-1]

    yield start
    for member in members:
        member.kill()


def _assert_refused(status: dict, words: str) -> None:
    assert reason(status) == "GroupTypeUnsupported"
    assert words in condition(status, "Succeeded")["message"]
    assert "partitions" not in status


@pytest.mark.parametrize("kind", ["classic", "streams"])
def test_a_kafka_streams_application_is_refused_while_it_runs(
    join: Join,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    kind: str,
) -> None:
    join(kind)
    eventually("application has read", lambda: kafka.committed(group, topic) == READ)
    for name, more in {"replay": {}, "everywhere": {"topic": None, "allTopics": True}}.items():
        resets.apply(name, to=TO, **more)
        _assert_refused(resets.wait_closed(name), TOOLS[kind])
    assert kafka.committed(group, topic) == READ


def test_a_group_of_the_streams_protocol_is_refused_also_when_it_is_empty(
    join: Join, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    member = join("streams")
    eventually("application has read", lambda: kafka.committed(group, topic) == READ)
    member.leave()
    resets.apply("replay", to=TO)
    _assert_refused(resets.wait_closed("replay"), TOOLS["streams"])
    resets.apply("forget", to={"position": "None"})
    _assert_refused(resets.wait_closed("forget"), TOOLS["streams"])
    assert kafka.committed(group, topic) == READ


def test_a_stopped_application_of_the_classic_protocol_is_a_group_like_any_other(
    join: Join, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    member = join("classic")
    eventually("application has read", lambda: kafka.committed(group, topic) == READ)
    member.leave()
    resets.apply("replay", to=TO)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 2}


@pytest.mark.parametrize("is_empty", [False, True], ids=["active", "empty"])
def test_a_share_group_is_refused(
    join: Join, operator: OperatorProcess, resets: Resets, is_empty: bool
) -> None:
    member = join("share")
    if is_empty:
        member.leave()
    resets.apply("replay", to=TO)
    _assert_refused(resets.wait_closed("replay"), TOOLS["share"])


def test_a_group_of_other_than_consumers_is_refused(
    records: None, operator: OperatorProcess, resets: Resets, rig: Rig, group: str
) -> None:
    member = ClassicMember(rig.kafka_bootstrap, group, protocol_type="connect")
    resets.apply("replay", to=TO)
    status = resets.wait_closed("replay")
    member.leave()
    _assert_refused(status, "it is not a group of consumers")


@pytest.mark.parametrize("kind", ["classic", "consumer", "offsets only", "unknown"])
def test_a_group_of_plain_consumers_is_reset_when_it_is_empty(
    records: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable,
    kafka: Kafka,
    group: str,
    topic: str,
    kind: str,
) -> None:
    if kind == "offsets only":
        kafka.commit(group, topic, READ)
    elif kind != "unknown":
        consumer = consume(protocol=kind, commits=True)
        consumer.wait_consumed(RECORDS)
        consumer.stop()
        kafka.wait_empty(group)
    assert kafka.committed(group, topic) == ({} if kind == "unknown" else READ)
    resets.apply("replay", to=TO)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 2}
