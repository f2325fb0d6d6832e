"""SIGTERM: what has begun is finished, in time, and what has not is left to the next start."""

import signal
import time
from collections.abc import Callable

import pytest

from support.audit import Audit
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.resets import Resets, reason

MANY = 100
RECORDS = 30
TARGET = 4
DRAIN = 30  # seconds that resets under way get

Hold = Callable[..., OperatorProcess]
MakeOperator = Callable[..., OperatorProcess]


@pytest.fixture
def records(kafka: Kafka, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)


@pytest.fixture
def commits(records: None, kafka: Kafka, group: str, topic: str) -> None:
    kafka.commit(group, topic, {0: RECORDS})


def _closed(resets: Resets) -> int:
    return sum(1 for reset in resets.all() if reset.get("status", {}).get("closed"))


def test_stopped_in_the_middle_of_100_resets_it_loses_none_and_repeats_none(
    records: None,
    make_operator: MakeOperator,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    audit: Audit,
    namespace: str,
    group: str,
    topic: str,
) -> None:
    groups = {f"replay-{i:03}": f"{group}-{i:03}" for i in range(MANY)}
    for name in groups.values():
        kafka.commit(name, topic, {0: RECORDS})
    to = {"offset": TARGET}
    kubectl.apply(*[resets.manifest(r, groupId=g, to=to) for r, g in groups.items()])
    stops = 0
    while (closed := _closed(resets)) < MANY:
        operator = make_operator()
        operator.start(wait_ready=False)
        enough = min(MANY, closed + 15)
        eventually(f"{enough} closed", lambda enough=enough: _closed(resets) >= enough, 60)
        assert operator.stop() == 0
        stops += _closed(resets) < MANY
    assert stops >= 2, "it was never stopped in the middle"
    assert {reason(reset["status"]) for reset in resets.all()} == {"OffsetsReset"}
    assert offsets_log.commits_of_groups(group) == {
        name: {(topic, 0): [RECORDS, TARGET]} for name in groups.values()
    }
    assert [w.code for w in audit.status_writes(namespace)] == [200] * 2 * MANY
    assert [e.code for e in audit.of_operator(namespace, "events")] == [201] * MANY


def test_a_reset_under_way_is_finished_first(
    commits: None, hold: Hold, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    operator = hold("before CommitPlan")
    resets.apply("replay", to={"offset": TARGET})
    eventually("operator held", lambda: operator.log(msg="held"))
    assert operator.stop() == 0
    assert reason(resets.status("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: TARGET}
    assert operator.log(msg="stopped")


def test_a_second_signal_ends_it_at_once_and_the_next_start_finishes_the_reset(
    commits: None,
    hold: Hold,
    make_operator: MakeOperator,
    resets: Resets,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
) -> None:
    operator = hold("after CommitPlan", each_reset=True)
    resets.apply("replay", to={"offset": TARGET})
    eventually("worker held", lambda: operator.log(msg="held"))
    operator.send(signal.SIGTERM)
    operator.wait_log(msg="stopping")
    assert operator.returncode is None
    assert operator.probe("/livez").status_code == 200
    began = time.monotonic()
    operator.send(signal.SIGTERM)
    assert operator.wait_ended() == 1
    assert time.monotonic() - began < 5
    make_operator().start()
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert offsets_log.commits(group, topic) == {0: [RECORDS, TARGET]}


def test_a_reset_that_hangs_does_not_keep_it_and_is_finished_by_the_next_start(
    commits: None,
    hold: Hold,
    make_operator: MakeOperator,
    resets: Resets,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
) -> None:
    operator = hold("after SavePlan", each_reset=True)
    resets.apply("replay", to={"offset": TARGET})
    eventually("worker held", lambda: operator.log(msg="held"))
    began = time.monotonic()
    assert operator.stop() == 1
    assert DRAIN <= time.monotonic() - began < DRAIN + 5
    assert operator.log()[-1]["level"] == "error"
    make_operator().start()
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert offsets_log.commits(group, topic) == {0: [RECORDS, TARGET]}
