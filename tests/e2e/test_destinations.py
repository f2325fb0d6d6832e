"""Everything that a reset can be told to move, and where to."""

import time
from collections.abc import Callable

import pytest

from support import timed_topic
from support.kafka import Kafka
from support.kubectl import Kubectl, config_map
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, filled, reason
from support.timed_topic import BEFORE, INSTANT, LOG_END, LOG_START, PARTITIONS

CANARY = {0: 7, 1: 8, 2: 9}
SECOND = {0: 4}  # of two partitions with ten records each
SECOND_END = 10


@pytest.fixture
def second(topic: str) -> str:
    """The name of another topic."""
    return f"{topic}-second"


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str, second: str) -> None:
    """The group has commits in both topics; group NAME-canary has some in the first."""
    timed_topic.create_and_read(kafka, topic, group)
    kafka.create_topic(second, 2)
    for partition in range(2):
        kafka.produce(second, SECOND_END, partition)
    kafka.commit(group, second, SECOND)
    kafka.commit(f"{group}-canary", topic, CANARY)


# {0} is the topic, {1} the second one, {2} the group.
Case = tuple[dict, dict[int, int], dict[int, int]]
CASES: dict[str, Case] = {
    "shiftBy back": ({"to": {"shiftBy": -3}}, {p: o - 3 for p, o in BEFORE.items()}, SECOND),
    "shiftBy forward": ({"to": {"shiftBy": 2}}, {p: o + 2 for p, o in BEFORE.items()}, SECOND),
    "shiftBy beyond the log": ({"to": {"shiftBy": 100}}, dict.fromkeys(BEFORE, LOG_END), SECOND),
    "ago as Go writes it": ({"to": {"ago": "1h30m"}}, dict.fromkeys(BEFORE, LOG_END), SECOND),
    "ago as ISO 8601": ({"to": {"ago": "P3650D"}}, dict.fromkeys(BEFORE, LOG_START), SECOND),
    "current": ({"to": {"position": "Current"}}, BEFORE, SECOND),
    "none": ({"to": {"position": "None"}}, {}, SECOND),
    "none of one partition": (
        {"to": {"position": "None"}, "partition": 1},
        {0: BEFORE[0], 2: BEFORE[2]},
        SECOND,
    ),
    "another group": ({"to": {"group": "{2}-canary"}}, CANARY, SECOND),
    "an offset each": (
        {"to": {"offsets": [{"partition": 2, "offset": 4}, {"partition": 0, "offset": 3}]}},
        BEFORE | {0: 3, 2: 4},
        SECOND,
    ),
    "several topics": (
        {"topic": None, "topics": [{"name": "{0}"}, {"name": "{1}"}], "to": {"offset": 5}},
        dict.fromkeys(BEFORE, 5),
        {0: 5, 1: 5},
    ),
    "chosen partitions of several topics": (
        {
            "topic": None,
            "topics": [{"name": "{0}", "partitions": [2, 0]}, {"name": "{1}", "partitions": [1]}],
            "to": {"offset": 5},
        },
        BEFORE | {0: 5, 2: 5},
        SECOND | {1: 5},
    ),
    "a destination of its own for each topic": (
        {
            "topic": None,
            "topics": [
                {"name": "{0}", "to": {"timestamp": INSTANT}},
                {"name": "{1}", "to": {"position": "None"}},
            ],
        },
        timed_topic.FIRST_AT_INSTANT,
        {},
    ),
    "a destination of its own for one of them": (
        {
            "topic": None,
            "topics": [{"name": "{0}"}, {"name": "{1}", "to": {"position": "Latest"}}],
            "to": {"shiftBy": -1},
        },
        {p: o - 1 for p, o in BEFORE.items()},
        {0: SECOND_END, 1: SECOND_END},
    ),
    "all topics": (
        {"topic": None, "allTopics": True, "to": {"position": "Earliest"}},
        dict.fromkeys(BEFORE, LOG_START),
        {0: 0},
    ),
    "all topics, none": ({"topic": None, "allTopics": True, "to": {"position": "None"}}, {}, {}),
    "all topics as another group has them": (
        {
            "topic": None,
            "allTopics": True,
            "to": {"group": "{2}-canary"},
            "missingCommit": "Skip",
        },
        CANARY,
        SECOND,
    ),
}


@pytest.mark.parametrize("fields, first, other", CASES.values(), ids=CASES.keys())
def test_a_group_is_moved_where_the_manifest_says(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    second: str,
    fields: dict,
    first: dict[int, int],
    other: dict[int, int],
) -> None:
    resets.apply("replay", **filled(fields, topic, second, group))
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset", status
    assert kafka.committed(group, topic) == first
    assert kafka.committed(group, second) == other
    found = {
        (row["topic"], row["partition"]): row["after"]
        for row in status["partitions"]
        if "after" in row
    }
    now = {(t, p): o for t in (topic, second) for p, o in kafka.committed(group, t).items()}
    assert found.items() <= now.items()
    assert kafka.committed(f"{group}-canary", topic) == CANARY


def test_a_deletion_is_in_the_rows_with_what_was_there(
    commits: None, operator: OperatorProcess, resets: Resets, topic: str
) -> None:
    resets.apply("forget", to={"position": "None"}, partition=1)
    status = resets.wait_closed("forget")
    wanted = timed_topic.row(topic, 1, None, before=BEFORE[1])
    assert status["partitions"] == [wanted]
    assert status["summary"]["replayRecords"] == BEFORE[1] - LOG_START
    assert status["summary"]["skipRecords"] == LOG_END - BEFORE[1]


def test_current_writes_the_commits_again(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    offsets_log: object,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("keep", to={"position": "Current"})
    status = resets.wait_closed("keep")
    assert {row["note"] for row in status["partitions"]} == {"Recommitted"}
    assert kafka.committed(group, topic) == BEFORE
    assert offsets_log.commits(group, topic) == {p: [o, o] for p, o in BEFORE.items()}


def test_the_instant_of_ago_is_kept_over_a_wait_and_a_restart(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    consume: Callable,
) -> None:
    consumer = consume()
    consumer.wait_assigned()
    resets.apply("replay", to={"ago": "1s"})
    waiting = resets.wait_reason("replay", "GroupActive")
    now = int(time.time() * 1000)
    kafka.produce(topic, 5, 0, [now + 1000 * i for i in range(5)])
    operator.restart()
    consumer.stop()
    status = resets.wait_closed("replay")
    assert status["agoFrom"] == waiting["agoFrom"]
    assert status["resolvedTimestamp"] == waiting["resolvedTimestamp"]
    assert kafka.committed(group, topic)[0] == LOG_END


# -- CSV


CSV = {
    "topic": None,
    "to": {"csvFrom": {"configMapKeyRef": {"name": "positions", "key": "csv"}}},
}
CSVS = {
    "three columns": "{0},0,5\n{0},2,6\n{1},1,7\n",
    "four columns": (
        '# exported\n"{2}",{0},0,5\nanother group,{0},1,9\n\n{2},{0},2,6\n{2},{1},1,7'
    ),
    "as Windows writes it": "\ufeff{0},0,5\r\n{0},2,6\r\n{1},1,7\r\n",
}


@pytest.mark.parametrize("text", CSVS.values(), ids=CSVS.keys())
def test_a_csv_says_where_each_partition_goes(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
    second: str,
    text: str,
) -> None:
    kubectl.apply(config_map("positions", csv=text.format(topic, second, group)))
    resets.apply("replay", **CSV)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == BEFORE | {0: 5, 2: 6}
    assert kafka.committed(group, second) == SECOND | {1: 7}


def test_a_csv_that_is_not_there_yet_is_waited_for(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", **CSV)
    status = resets.wait_reason("replay", "ConfigMapNotFound")
    assert condition(status, "Stalled")["status"] == "True"
    assert "positions" in condition(status, "Stalled")["message"]
    kubectl.apply(config_map("positions", other=f"{topic},0,5\n"))
    kubectl.apply(config_map("positions", csv=f"{topic},0,5\n"))
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == BEFORE | {0: 5}


BROKEN = {
    "a partition that is none": ("{0},0,5\n{0},one,5\n", "line 2"),
    "a partition twice": ("{0},0,5\n\n{0},0,6\n", "line 3"),
    "rows of other groups only": ("other,{0},0,5\n", "no line for group"),
}


@pytest.mark.parametrize("text, words", BROKEN.values(), ids=BROKEN.keys())
def test_an_error_in_a_csv_is_told_with_its_line(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
    text: str,
    words: str,
) -> None:
    kubectl.apply(config_map("positions", csv=text.format(topic)))
    resets.apply("replay", **CSV)
    status = resets.wait_closed("replay")
    assert reason(status) == "InvalidSpec"
    assert words in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, topic) == BEFORE


# -- undo


def test_an_undo_restores_what_the_other_reset_found_and_removes_what_it_made(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    second: str,
) -> None:
    resets.apply("replay", topic=None, topics=[{"name": topic}, {"name": second}], to={"offset": 5})
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    resets.apply("back", topic=None, to={"undo": "replay"})
    status = resets.wait_closed("back")
    assert reason(status) == "OffsetsReset"
    assert kafka.committed(group, topic) == BEFORE
    assert kafka.committed(group, second) == SECOND
    # An undo is a reset: it can be undone.
    resets.apply("again", topic=None, to={"undo": "back"})
    assert reason(resets.wait_closed("again")) == "OffsetsReset"
    assert kafka.committed(group, topic) == dict.fromkeys(BEFORE, 5)
    assert kafka.committed(group, second) == {0: 5, 1: 5}


def test_an_undo_leaves_a_group_alone_that_has_moved_on(
    commits: None, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    resets.apply("replay", to={"offset": 5})
    resets.wait_closed("replay")
    kafka.commit(group, topic, {1: 6})
    resets.apply("back", topic=None, to={"undo": "replay"})
    status = resets.wait_closed("back")
    assert reason(status) == "OffsetsMoved"
    words = f"partition 1 of topic {topic} is at 6, not at 5"
    assert words in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, topic) == dict.fromkeys(BEFORE, 5) | {1: 6}
    resets.apply("back-all-the-same", topic=None, to={"undo": "replay", "undoMoved": True})
    assert reason(resets.wait_closed("back-all-the-same")) == "OffsetsReset"
    assert kafka.committed(group, topic) == BEFORE


def test_what_can_not_be_undone_is_refused_with_why(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("other-group", groupId=f"{group}-canary", to={"offset": 5})
    resets.wait_closed("other-group")
    resets.apply("suspended", to={"offset": 5}, suspend=True)
    resets.wait_reason("suspended", "Suspended")
    cases = {
        "missing": "there is no OffsetReset",
        "other-group": f"it reset group {group}-canary",
        "suspended": "it has not finished (Suspended)",
    }
    for name, words in cases.items():
        resets.apply(f"undo-{name}", topic=None, to={"undo": name})
        status = resets.wait_closed(f"undo-{name}")
        assert reason(status) == "InvalidSpec"
        assert words in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, topic) == BEFORE


# -- policies


def test_a_partition_without_the_commit_that_a_destination_builds_on_refuses_it_all(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    second: str,
) -> None:
    resets.apply("replay", topic=second, to={"shiftBy": -1})
    status = resets.wait_closed("replay")
    assert reason(status) == "CommitMissing"
    assert f"partition 1 of topic {second}" in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, second) == SECOND
    resets.apply("all-topics", groupId=f"{group}-new", topic=None, allTopics=True, to={"offset": 1})
    assert reason(resets.wait_closed("all-topics")) == "CommitMissing"


@pytest.mark.parametrize(
    "policy, wanted", [("Skip", {0: 3}), ("Set", {0: 3, 1: SECOND_END})], ids=["Skip", "Set"]
)
def test_missing_commit_leaves_it_out_or_sets_it(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    second: str,
    policy: str,
    wanted: dict[int, int],
) -> None:
    resets.apply("replay", topic=second, to={"shiftBy": -1}, missingCommit=policy)
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset"
    assert kafka.committed(group, second) == wanted


@pytest.mark.parametrize(
    "isolation, wanted", [("ReadUncommitted", 8), ("ReadCommitted", 5)], ids=["all", "committed"]
)
def test_isolation_says_where_a_log_with_an_open_transaction_ends(
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    isolation: str,
    wanted: int,
) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, 5)
    with kafka.open_transaction(topic, 3):
        assert kafka.log_ranges(topic) == {0: (0, 8)}
        resets.apply("skip", to={"position": "Latest"}, isolation=isolation)
        status = resets.wait_closed("skip")
        assert kafka.committed(group, topic) == {0: wanted}
        assert status["partitions"][0]["end"] == wanted
        assert status["summary"]["lagAfter"] == 0


def test_of_many_partitions_that_refuse_ten_are_named_and_the_rest_is_counted(
    operator: OperatorProcess, resets: Resets, kafka: Kafka, topic: str
) -> None:
    kafka.create_topic(topic, PARTITIONS * 10)
    resets.apply("replay", to={"offset": 1}, outOfRange="Fail")
    message = condition(resets.wait_closed("replay"), "Succeeded")["message"]
    assert f"partition 9 of topic {topic} (0 to 0) and 20 more" in message
