"""The operator may die, may sleep, and may not be alone: nobody is moved twice, or after all."""

import signal
from collections.abc import Callable

import pytest

from support.consumer import Consumer
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog, effective
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, condition, reason

# The new offsets are in Kafka, and the resource does not tell yet.
COMMITTED = ["after CommitPlan", "before Verify", "after Verify", "before Finish"]

PARTITIONS = 2
RECORDS = 20
END = {p: RECORDS for p in range(PARTITIONS)}
TARGET = 5
TO = {"offset": TARGET}
MOVED = {p: TARGET for p in range(PARTITIONS)}

MakeOperator = Callable[..., OperatorProcess]
Consume = Callable[..., Consumer]


@pytest.fixture
def records(kafka: Kafka, topic: str) -> None:
    kafka.create_topic(topic, PARTITIONS)
    for partition in range(PARTITIONS):
        kafka.produce(topic, RECORDS, partition)


@pytest.fixture
def commits(records: None, kafka: Kafka, group: str, topic: str) -> None:
    """The group has read everything."""
    kafka.commit(group, topic, END)


def _read_and_commit(consume: Consume, kafka: Kafka, group: str, records: int) -> None:
    """A real consumer of the group reads at least so many records, commits each, and leaves."""
    consumer = consume(commits=True)
    consumer.wait_consumed(records)
    consumer.stop()
    kafka.wait_empty(group)


@pytest.mark.parametrize("moment", COMMITTED)
def test_a_consumer_that_has_moved_on_since_the_commit_is_not_rewound(
    commits: None,
    hold: Callable[[str], OperatorProcess],
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    consume: Consume,
    group: str,
    topic: str,
    moment: str,
    outcome: Outcome,
) -> None:
    first = hold(moment)
    resets.apply("replay", to=TO)
    first.wait_held()
    first.kill()
    _read_and_commit(consume, kafka, group, 3)
    moved_on = kafka.committed(group, topic)
    assert moved_on != MOVED
    make_operator().start()
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsMoved"
    assert condition(status, "Succeeded")["status"] == "False"
    # Of partitions that moved on, one at the old end may pass for one that was not moved yet.
    ahead = min(
        (p for p in moved_on if moved_on[p] != TARGET), key=lambda p: moved_on[p] == RECORDS
    )
    words = f"partition {ahead} of topic {topic} is at {moved_on[ahead]}, not at {TARGET}"
    if moved_on == END:  # it was quick
        words = "exactly where they were before"
    assert words in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, topic) == moved_on
    outcome("F1", "killed, and a consumer moves on", moment, "OffsetsMoved, not rewound")


def test_a_consumer_that_is_back_where_another_one_was_before_is_not_rewound(
    commits: None,
    hold: Callable[[str], OperatorProcess],
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    consume: Consume,
    group: str,
) -> None:
    first = hold("after CommitPlan")
    resets.apply("replay", to=TO)
    first.wait_held()
    first.kill()
    _read_and_commit(consume, kafka, group, PARTITIONS * (RECORDS - TARGET))
    make_operator().start()
    assert reason(resets.wait_closed("replay")) == "OffsetsMoved"


def test_a_consumer_that_is_back_where_it_was_itself_before_is_not_rewound(
    records: None,
    hold: Callable[[str], OperatorProcess],
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    consume: Consume,
    group: str,
    topic: str,
) -> None:
    _read_and_commit(consume, kafka, group, 2 * RECORDS)
    assert kafka.committed(group, topic) == END
    first = hold("after CommitPlan")
    resets.apply("replay", to=TO)
    first.wait_held()
    first.kill()
    _read_and_commit(consume, kafka, group, 2 * (RECORDS - TARGET))
    assert kafka.committed(group, topic) == END
    make_operator().start()
    assert reason(resets.wait_closed("replay")) == "OffsetsMoved"
    assert kafka.committed(group, topic) == END
    for commits in offsets_log.commits(group, topic).values():
        # Once by the consumer that read over it, once by the reset.
        assert commits.count(TARGET) == 2, commits


def test_a_consumer_that_joined_before_the_commit_is_waited_for_and_keeps_its_place(
    commits: None,
    hold: Callable[[str], OperatorProcess],
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    consume: Consume,
    group: str,
    topic: str,
) -> None:
    first = hold("before CommitPlan")
    resets.apply("replay", to=TO)
    first.wait_held()
    consumer = consume()
    consumer.wait_assigned()
    first.send(signal.SIGCONT)
    status = resets.wait_reason("replay", "GroupActive")
    assert kafka.committed(group, topic) == END
    assert "partitions" not in status
    consumer.stop()
    first.wait_held(times=2)
    first.send(signal.SIGCONT)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == MOVED


def test_two_operators_at_once_reset_each_group_once(
    make_operator: MakeOperator,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    groups = [f"{group}-{i}" for i in range(8)]
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    for name in groups:
        kafka.commit(name, topic, {0: RECORDS})
    operators = [make_operator(), make_operator()]
    for operator in operators:
        operator.start(wait_ready=False)
    for operator in operators:
        operator.wait_ready()
    kubectl.apply(*[resets.manifest(f"replay-{i}", groupId=g, to=TO) for i, g in enumerate(groups)])
    for i, name in enumerate(groups):
        status = resets.wait_closed(f"replay-{i}")
        assert reason(status) == "OffsetsReset"
        assert [(row["before"], row["after"]) for row in status["partitions"]] == [(20, 5)]
        assert kafka.committed(name, topic) == {0: TARGET}
        assert effective(offsets_log.commits(name, topic)[0]) == [RECORDS, TARGET]
    outcome("F9", "two from the start", "every step of 8 resets", "OffsetsReset, committed once")


@pytest.mark.parametrize(
    "moment",
    [
        "before ReadKafka",
        "before SavePlan",
        "before CommitPlan",
        "before CommitRequest",
        "before Verify",
        "before Finish",
    ],
)
def test_an_operator_that_wakes_up_after_another_one_has_finished_changes_nothing(
    commits: None,
    hold: Callable[[str], OperatorProcess],
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
    moment: str,
    outcome: Outcome,
) -> None:
    sleeper = hold(moment)
    resets.apply("replay", to=TO)
    sleeper.wait_held()
    make_operator().start()
    finished = resets.wait_closed("replay")
    assert reason(finished) == "OffsetsReset"
    sleeper.send(signal.SIGCONT)
    sleeper.wait_log(reason="Conflict")
    assert resets.status("replay") == finished
    assert kafka.committed(group, topic) == MOVED
    for history in offsets_log.commits(group, topic).values():
        assert effective(history) == [RECORDS, TARGET]
    outcome("F9", "one sleeps while another one does it", moment, "OffsetsReset, committed once")


def test_an_operator_that_wakes_up_does_not_rewind_the_consumer_that_runs_by_then(
    commits: None,
    hold: Callable[[str], OperatorProcess],
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    consume: Consume,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    sleeper = hold("before CommitPlan")
    resets.apply("replay", to=TO)
    sleeper.wait_held()
    make_operator().start()
    finished = resets.wait_closed("replay")
    consumer = consume(commits=True)
    consumer.wait_consumed(2 * (RECORDS - TARGET))
    sleeper.send(signal.SIGCONT)
    sleeper.wait_log(reason="Conflict")
    assert kafka.committed(group, topic) == END
    assert resets.status("replay") == finished
    outcome("F9", "one sleeps until consumers are back", "before CommitPlan", "not rewound")
