"""A group with members is not touched: the reset waits for them to leave, or says who stays."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest

from support.audit import Audit
from support.consumer import Consumer
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, condition, reason

PARTITIONS = 3
BEFORE = {0: 7, 1: 8, 2: 9}
TO = {"offset": 2}
MOVED = {0: 2, 1: 2, 2: 2}
# Looked at every second; the rest is for the reset itself, on a busy machine.
FOLLOWS_WITHIN = 4
LOOKS = 'offset_reset_kafka_request_seconds_count{operation="describe"}'

Consume = Callable[..., Consumer]


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic, PARTITIONS)
    for partition in range(PARTITIONS):
        kafka.produce(topic, 10, partition)
    kafka.commit(group, topic, BEFORE)


@pytest.fixture
def consumer(commits: None, consume: Consume) -> Consumer:
    """A member of the group, with all of its partitions; it commits nothing."""
    member = consume(client_id="orders-0")
    member.wait_assigned()
    return member


def _wait_looks(operator: OperatorProcess, count: int) -> None:
    """Returns when the operator has looked so often whether the group is empty."""

    def looked() -> bool:
        seen = operator.metrics().get(LOOKS, 0)
        assert seen >= count, f"{seen} looks"
        return True

    eventually(f"{count} looks", looked)


def _seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


@pytest.mark.parametrize(
    "protocol, kind", [("classic", "Classic"), ("consumer", "Consumer")], ids=["classic", "KIP-848"]
)
def test_a_reset_waits_for_the_members_and_follows_when_they_are_gone(
    commits: None,
    operator: OperatorProcess,
    consume: Consume,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    protocol: str,
    kind: str,
) -> None:
    consumer = consume(protocol=protocol, client_id="orders-0")
    consumer.wait_assigned()
    resets.apply("replay", to=TO)
    status = resets.wait_reason("replay", "GroupActive")
    _wait_looks(operator, 2)
    assert kafka.committed(group, topic) == BEFORE
    assert "partitions" not in status
    assert status["group"] == {
        "state": "Stable",
        "type": kind,
        "memberCount": 1,
        "members": [{"clientId": "orders-0", "host": "127.0.0.1", "partitions": PARTITIONS}],
    }
    assert "orders-0 on 127.0.0.1 (3 partitions)" in condition(status, "Succeeded")["message"]
    states = {c["type"]: c["status"] for c in status["conditions"]}
    assert states == {"Ready": "False", "Reconciling": "True", "Succeeded": "Unknown"}

    consumer.stop()
    kafka.wait_empty(group)
    status = resets.wait_closed("replay", FOLLOWS_WITHIN)
    assert reason(status) == "OffsetsReset"
    assert kafka.committed(group, topic) == MOVED
    assert [row["before"] for row in status["partitions"]] == list(BEFORE.values())
    assert "group" not in status


def test_what_the_members_commit_while_they_are_waited_for_is_the_before(
    commits: None,
    operator: OperatorProcess,
    consume: Consume,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    consumer = consume(commits=True)
    consumer.wait_consumed(6)
    resets.apply("replay", to=TO)
    resets.wait_reason("replay", "GroupActive")
    kafka.produce(topic, 5)
    consumer.wait_consumed(11)
    consumer.stop()
    rows = resets.wait_closed("replay")["partitions"]
    assert [row["before"] for row in rows] == [15, 10, 10]
    assert kafka.committed(group, topic) == MOVED


def test_every_member_is_named(
    commits: None, operator: OperatorProcess, consume: Consume, resets: Resets
) -> None:
    members = [consume(client_id=f"orders-{i}") for i in range(PARTITIONS)]
    eventually("a partition each", lambda: all(len(m.assigned) == 1 for m in members))
    resets.apply("replay", to=TO)
    group = resets.wait_reason("replay", "GroupActive")["group"]
    assert group["memberCount"] == PARTITIONS
    assert group["members"] == [
        {"clientId": f"orders-{i}", "host": "127.0.0.1", "partitions": 1} for i in range(3)
    ]


def test_a_wait_is_one_status_write_a_minute_however_often_members_come_and_go(
    consumer: Consumer,
    operator: OperatorProcess,
    consume: Consume,
    resets: Resets,
    audit: Audit,
    namespace: str,
) -> None:
    began = time.monotonic()
    resets.apply("replay", to=TO)
    _wait_looks(operator, 3)
    for number in range(2):
        other = consume(client_id=f"orders-{number + 1}")
        other.wait_assigned()
        _wait_looks(operator, 2 + int(operator.metrics()[LOOKS]))
        other.stop()
    assert [r.code for r in audit.status_writes(namespace)] == [200]
    consumer.stop()
    resets.wait_closed("replay")
    assert len(audit.status_writes(namespace)) == 3
    assert time.monotonic() - began < 60, "too slow a machine to tell"


def _assert_given_up(status: dict) -> None:
    assert reason(status) == "GroupStillActive"
    states = {c["type"]: c["status"] for c in status["conditions"]}
    assert states == {"Ready": "False", "Stalled": "True", "Succeeded": "False"}
    assert "orders-0 on 127.0.0.1" in condition(status, "Succeeded")["message"]
    assert "session timeout" in condition(status, "Succeeded")["message"]
    assert [member["clientId"] for member in status["group"]["members"]] == ["orders-0"]
    assert "partitions" not in status


@pytest.mark.parametrize(
    "fields", [{"whenActive": "Fail"}, {"waitSeconds": 0}], ids=["Fail", "no wait"]
)
def test_a_reset_that_may_not_wait_is_refused_at_once(
    consumer: Consumer,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    audit: Audit,
    namespace: str,
    fields: dict,
) -> None:
    resets.apply("replay", to=TO, **fields)
    _assert_given_up(resets.wait_closed("replay"))
    assert kafka.committed(group, topic) == BEFORE
    assert len(audit.status_writes(namespace)) == 1


def test_a_reset_gives_up_when_it_has_waited_long_enough(
    consumer: Consumer,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to=TO, waitSeconds=3)
    resets.wait_reason("replay", "GroupActive")
    status = resets.wait_closed("replay")
    _assert_given_up(status)
    assert "after 3 s of waiting" in condition(status, "Succeeded")["message"]
    assert 3 <= _seconds_between(status["waitingSince"], status["completionTime"]) < 5
    assert kafka.committed(group, topic) == BEFORE
    consumer.stop()  # too late
    kafka.wait_empty(group)
    resets.apply("sentinel", to=TO, partition=0)
    assert reason(resets.wait_closed("sentinel")) == "OffsetsReset"
    assert kafka.committed(group, topic) == BEFORE | {0: 2}


def test_a_wait_goes_on_over_a_restart_of_the_operator(
    consumer: Consumer, operator: OperatorProcess, resets: Resets, outcome: Outcome
) -> None:
    resets.apply("replay", to=TO, waitSeconds=6)
    since = resets.wait_reason("replay", "GroupActive")["waitingSince"]
    _wait_looks(operator, 2)  # some of the time is over
    operator.restart()
    _wait_looks(operator, 1)
    assert resets.status("replay")["waitingSince"] == since
    status = resets.wait_closed("replay")
    _assert_given_up(status)
    assert status["waitingSince"] == since
    assert 6 <= _seconds_between(since, status["completionTime"]) < 8
    outcome("F1", "killed, and started again", "Wait", "the wait goes on as long as it would have")


def test_a_killed_member_counts_until_its_session_is_over(
    commits: None,
    operator: OperatorProcess,
    consume: Consume,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    consumer = consume(session_timeout_ms=4000)
    consumer.wait_assigned()
    resets.apply("replay", to=TO)
    resets.wait_reason("replay", "GroupActive")
    consumer.kill()
    killed = time.monotonic()
    kafka.wait_empty(group)
    assert time.monotonic() - killed > 2, "it was no member any more"
    assert reason(resets.status("replay")) == "GroupActive"
    assert reason(resets.wait_closed("replay", FOLLOWS_WITHIN)) == "OffsetsReset"
    assert kafka.committed(group, topic) == MOVED


def test_deleting_a_reset_that_waits_cancels_it(
    consumer: Consumer,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    resets.apply("replay", to=TO)
    resets.wait_reason("replay", "GroupActive")
    assert operator.metrics()["offset_reset_waiting"] == 1
    kubectl("delete", "ofr", "replay")
    eventually("it is forgotten", lambda: operator.metrics()["offset_reset_waiting"] == 0)
    consumer.stop()
    kafka.wait_empty(group)
    resets.apply("sentinel", to=TO, partition=0)
    assert reason(resets.wait_closed("sentinel")) == "OffsetsReset"
    assert kafka.committed(group, topic) == BEFORE | {0: 2}
    outcome("F11", "deleted", "Wait", "nothing committed")
