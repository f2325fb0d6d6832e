"""What can't be done is refused, and what can't be done now is done later; each with its reason."""

from collections.abc import Iterator

import pytest

from support.forwarder import Forwarder
from support.kafka import Kafka
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, reason
from support.rig import Rig

NO_SERVER = "127.0.0.1:1"
TO = {"offset": 2}
# The true reason of a connection that fails has to be there within this time.
TOLD_WITHIN = 5


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic, 3)
    kafka.produce(topic, 10)
    kafka.commit(group, topic, {0: 10})


@pytest.fixture
def forwarder(rig: Rig) -> Iterator[Forwarder]:
    """An address that refuses connections until it is opened, and then leads to Kafka."""
    made = Forwarder(rig.kafka_bootstrap)
    yield made
    made.close()


def _assert_refused(status: dict, wanted: str, words: str) -> None:
    assert reason(status) == wanted
    states = {c["type"]: c["status"] for c in status["conditions"]}
    assert states == {"Ready": "False", "Stalled": "True", "Succeeded": "False"}
    assert words in condition(status, "Succeeded")["message"]
    assert "partitions" not in status


def _assert_tried_again(status: dict, words: str) -> None:
    assert not status.get("closed")
    states = {c["type"]: c["status"] for c in status["conditions"]}
    assert states == {"Ready": "False", "Reconciling": "True", "Succeeded": "Unknown"}
    assert words in condition(status, "Succeeded")["message"].lower()
    assert "timed out" not in condition(status, "Succeeded")["message"].lower()


# -- refused


def test_an_unknown_topic_is_refused(operator: OperatorProcess, resets: Resets, topic: str) -> None:
    resets.apply("replay", to=TO)
    _assert_refused(resets.wait_closed("replay"), "TopicNotFound", topic)


def test_a_partition_that_the_topic_does_not_have_is_refused(
    commits: None, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    resets.apply("replay", to=TO, partition=99)
    words = f"topic {topic} has 3 partitions, 0 to 2: there is no partition 99"
    _assert_refused(resets.wait_closed("replay"), "PartitionNotFound", words)
    assert kafka.committed(group, topic) == {0: 10}


@pytest.mark.parametrize("partition", [2, 3], ids=["the last one", "the one after it"])
def test_partitions_count_from_0(
    commits: None, operator: OperatorProcess, resets: Resets, partition: int
) -> None:
    resets.apply("replay", to=TO, partition=partition)
    wanted = "OffsetsReset" if partition == 2 else "PartitionNotFound"
    assert reason(resets.wait_closed("replay")) == wanted


def test_a_reset_that_is_refused_stays_so(
    operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    resets.apply("replay", to=TO)
    refused = resets.wait_closed("replay")
    kafka.create_topic(topic)
    kafka.produce(topic, 10)
    operator.restart()
    resets.apply("sentinel", to=TO, groupId=f"{group}-2")
    assert reason(resets.wait_closed("sentinel")) == "OffsetsReset"
    assert resets.status("replay") == refused
    assert kafka.committed(group, topic) == {}


# -- tried again


@pytest.mark.parametrize(
    "servers, address, words",
    [
        (NO_SERVER, NO_SERVER, "refused"),
        ("no-such-host.invalid:9092", "no-such-host.invalid:9092", "not known"),
    ],
    ids=["refuses", "does not resolve"],
)
def test_why_a_broker_is_not_reached_is_told_at_once(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    servers: str,
    address: str,
    words: str,
) -> None:
    resets.apply("replay", to=TO, bootstrapServers=servers)
    status = resets.wait_reason("replay", "KafkaUnavailable", TOLD_WITHIN)
    _assert_tried_again(status, words)
    assert address in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, topic) == {0: 10}


def test_a_reset_follows_when_its_broker_is_reached(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    forwarder: Forwarder,
) -> None:
    resets.apply("replay", to=TO, bootstrapServers=forwarder.address)
    status = resets.wait_reason("replay", "KafkaUnavailable", TOLD_WITHIN)
    _assert_tried_again(status, "refused")
    forwarder.open()
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 2, 1: 0, 2: 0}
    states = {c["type"]: c["status"] for c in status["conditions"]}
    assert states == {"Ready": "True", "Succeeded": "True"}


def test_one_broker_that_is_reached_is_enough(
    commits: None, operator: OperatorProcess, rig: Rig, resets: Resets
) -> None:
    resets.apply("replay", to=TO, bootstrapServers=f"{NO_SERVER}, {rig.kafka_bootstrap}")
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"


def test_a_reset_that_can_not_get_on_holds_up_no_other_group(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    for i in range(8):
        resets.apply(f"stuck-{i}", to=TO, groupId=f"{group}-{i}", bootstrapServers=NO_SERVER)
    resets.apply("replay", to=TO)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 2, 1: 0, 2: 0}
