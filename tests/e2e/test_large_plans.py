"""Plans of more than one request: applied as a whole, or told truthfully. And those too large."""

import secrets
import signal
from collections.abc import Callable, Iterator

import pytest

from support.kafka import Kafka
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, condition, reason
from support.rig import Rig

PARTITIONS = 940  # of each large topic
BEYOND = 10**18  # where the group was, and is to go: the logs are empty
Hold = Callable[[str], OperatorProcess]
MakeOperator = Callable[..., OperatorProcess]
Offsets = dict[tuple[str, int], int]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Thousands of partitions would slow down the broker of the others."""
    with Rig.own(tmp_path_factory.mktemp("rig")) as own:
        yield own


def _message(status: dict) -> str:
    return condition(status, "Succeeded")["message"]


def _offsets(topics: list[str], offset: int, partitions: int = PARTITIONS) -> Offsets:
    return {(topic, p): offset for topic in topics for p in range(partitions)}


# -- so many partitions, with names so long


@pytest.fixture(scope="module")
def large(kafka: Kafka) -> list[str]:
    """Two of these topics need two requests, three of them don't fit into one status."""
    topics = [f"large-{i}-{secrets.token_hex(4)}-".ljust(249, "x") for i in range(3)]
    kafka.create_topics(topics, PARTITIONS)
    return topics


@pytest.fixture
def long_group(kafka: Kafka, large: list[str], unique: str) -> str:
    """A group with the longest name that there can be, and with commits for all of them."""
    group = f"{unique}-".ljust(255, "x")
    for topic in large:
        kafka.commit_all(group, _offsets([topic], BEYOND))
    return group


def _apply(resets: Resets, name: str, group: str, topics: list[str], **more: object) -> None:
    fields = {"groupId": group, "topic": None, "topics": [{"name": topic} for topic in topics]}
    resets.apply(name, **fields, to={"offset": BEYOND}, **more)


def test_a_plan_too_large_for_a_status_is_refused_and_its_parts_are_not(
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    large: list[str],
    long_group: str,
    outcome: Outcome,
) -> None:
    for name, dry_run in {"dry-run": True, "all": False}.items():
        _apply(resets, name, long_group, large, dryRun=dry_run)
        status = resets.wait_closed(name, seconds=60)
        assert reason(status) == "TooManyPartitions"
        assert f"the plan has {len(large) * PARTITIONS} partitions" in _message(status)
        assert "partitions" not in status
    assert kafka.all_committed(long_group) == _offsets(large, BEYOND)

    _apply(resets, "one", long_group, large[2:])
    status = resets.wait_closed("one", seconds=60)
    assert reason(status) == "OffsetsReset"
    assert status["summary"]["requests"] == 1
    assert kafka.all_committed(long_group) == _offsets(large[:2], BEYOND) | _offsets(large[2:], 0)

    _apply(resets, "two", long_group, large[:2])
    status = resets.wait_closed("two", seconds=60)
    assert reason(status) == "OffsetsReset"
    assert status["summary"]["requests"] == 2
    assert status["summary"]["moved"] == 2 * PARTITIONS
    assert kafka.all_committed(long_group) == _offsets(large, 0)
    metrics = operator.metrics()
    assert metrics['offset_reset_kafka_request_seconds_count{operation="commit"}'] == 3
    outcome(
        "F14", "a plan too large for a status", "SavePlan", "TooManyPartitions, nothing committed"
    )


def test_killed_between_two_requests_it_sends_the_second(
    hold: Hold,
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    large: list[str],
    long_group: str,
    outcome: Outcome,
) -> None:
    first = hold("after CommitRequest")
    _apply(resets, "two", long_group, large[:2])
    first.wait_held()
    first.kill()
    committed = kafka.all_committed(long_group)
    moved = [at for at, offset in committed.items() if offset == 0]
    assert PARTITIONS < len(moved) < 2 * PARTITIONS
    make_operator().start()
    status = resets.wait_closed("two", seconds=60)
    assert reason(status) == "OffsetsReset"
    assert status["summary"]["requests"] == 2
    assert kafka.all_committed(long_group) == _offsets(large[:2], 0) | _offsets(large[2:], BEYOND)
    history = offsets_log.commits_of_groups(long_group)[long_group]
    assert {tuple(history[at]) for at in _offsets(large[:2], 0)} == {(BEYOND, 0)}
    outcome(
        "F1",
        "killed between two requests",
        "after CommitRequest",
        "OffsetsReset, each committed once",
    )


# -- deletions: a request for each topic


@pytest.fixture
def two_topics(kafka: Kafka, group: str, topic: str) -> list[str]:
    """The group has read both, and a third one."""
    topics = [f"{topic}-{i}" for i in range(3)]
    kafka.create_topics(topics, 2)
    for name in topics:
        kafka.produce(name, 10)
    kafka.commit_all(group, _offsets(topics, 10, partitions=2))
    return topics[:2]


def _forget(resets: Resets, topics: list[str], **more: object) -> None:
    names = [{"name": topic} for topic in topics]
    resets.apply("forget", topic=None, topics=names, to={"position": "None"}, **more)


@pytest.mark.parametrize("leaves", [True, False], ids=["and leaves", "and stays"])
def test_a_consumer_that_joins_between_two_requests_is_told_of_and_waited_for(
    hold: Hold,
    resets: Resets,
    consume: Callable,
    kafka: Kafka,
    group: str,
    two_topics: list[str],
    leaves: bool,
    outcome: Outcome,
) -> None:
    first, second = two_topics
    before = kafka.all_committed(group)
    half = {at: offset for at, offset in before.items() if at[0] != first}
    operator = hold("after CommitRequest")
    _forget(resets, two_topics, waitSeconds=60 if leaves else 3)
    operator.wait_held()
    assert kafka.all_committed(group) == half
    consumer = consume(of_topic=second)
    consumer.wait_assigned()
    operator.send(signal.SIGCONT)
    operator.wait_held(times=2)  # of the refused one
    operator.send(signal.SIGCONT)
    status = resets.wait_reason("forget", "GroupActive")
    assert "1 of the 2 requests had been applied before" in _message(status)
    assert [member["clientId"] for member in status["group"]["members"]] == ["e2e-consumer"]
    assert [row.get("before") for row in status["partitions"]] == [10] * 4
    assert kafka.all_committed(group) == half
    if leaves:
        consumer.stop()
        operator.wait_held(times=3)
        operator.send(signal.SIGCONT)
        status = resets.wait_closed("forget")
        assert reason(status) == "OffsetsReset"
        assert status["summary"]["requests"] == 2
        assert {topic for topic, _ in kafka.all_committed(group)}.isdisjoint(two_topics)
    else:
        status = resets.wait_closed("forget")
        assert reason(status) == "GroupStillActive"
        assert "1 of the 2 requests had been applied before" in _message(status)
        assert (status["summary"]["moved"], status["summary"]["failed"]) == (2, 2)
        assert kafka.all_committed(group) == half
    then = "leaves" if leaves else "stays"
    what = f"a consumer joins between two requests, and {then}"
    outcome("F15", what, "after CommitRequest", f"{reason(status)}, what was applied is told")


@pytest.mark.parametrize("index", [0, 1], ids=["of the first", "of the second"])
def test_what_was_committed_between_two_requests_is_not_moved_any_more(
    hold: Hold,
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    group: str,
    two_topics: list[str],
    index: int,
) -> None:
    operator = hold("after CommitRequest")
    _forget(resets, two_topics)
    operator.wait_held()
    operator.kill()
    kafka.commit(group, two_topics[index], {1: 7})
    stands = kafka.all_committed(group)
    make_operator().start()
    status = resets.wait_closed("forget")
    assert reason(status) == "OffsetsMoved"
    words = f"partition 1 of topic {two_topics[index]} is at 7, not at no commit"
    assert words in _message(status)
    assert status["summary"]["moved"] == (1 if index == 0 else 2)
    assert kafka.all_committed(group) == stands
