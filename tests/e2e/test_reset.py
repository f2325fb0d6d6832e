"""A manifest moves a group's committed offsets to where it says, and only there."""

import pytest

from support import timed_topic
from support.kafka import Kafka
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, reason
from support.timed_topic import (
    BEFORE,
    FIRST_AT_INSTANT,
    INSTANT,
    LOG_END,
    LOG_START,
    PARTITIONS,
    row,
)


@pytest.fixture
def records(kafka: Kafka, topic: str) -> None:
    timed_topic.create(kafka, topic)


@pytest.fixture
def commits(records: None, kafka: Kafka, group: str, topic: str) -> None:
    kafka.commit(group, topic, BEFORE)


DESTINATIONS = {
    "offset 10 in partition 0": ({"to": {"offset": 10}, "partition": 0}, {0: 10}),
    "timestamp in partition 0": (
        {"to": {"timestamp": INSTANT}, "partition": 0},
        {0: FIRST_AT_INSTANT[0]},
    ),
    "offset 10 in partition -1": ({"to": {"offset": 10}, "partition": -1}, {0: 10, 1: 10, 2: 10}),
    "timestamp in partition -1": (
        {"to": {"timestamp": INSTANT}, "partition": -1},
        FIRST_AT_INSTANT,
    ),
    "offset 10, no partition": ({"to": {"offset": 10}}, {0: 10, 1: 10, 2: 10}),
    "timestamp, no partition": ({"to": {"timestamp": INSTANT}}, FIRST_AT_INSTANT),
    "timestamp as text": ({"to": {"timestamp": "2019-10-23T08:29:04+02:00"}}, FIRST_AT_INSTANT),
    "exactly a record's timestamp": (
        {"to": {"timestamp": INSTANT + 1500}, "partition": 2},
        {2: FIRST_AT_INSTANT[2] + 1},
    ),
    "the log start as offset": ({"to": {"offset": LOG_START}}, {p: LOG_START for p in range(3)}),
    "the log end as offset": ({"to": {"offset": LOG_END}}, {p: LOG_END for p in range(3)}),
    "earliest": ({"to": {"position": "Earliest"}}, {p: LOG_START for p in range(3)}),
    "latest": ({"to": {"position": "Latest"}}, {p: LOG_END for p in range(3)}),
    "latest in partition 1": ({"to": {"position": "Latest"}, "partition": 1}, {1: LOG_END}),
}


@pytest.mark.parametrize("fields, wanted", DESTINATIONS.values(), ids=DESTINATIONS.keys())
def test_a_group_is_moved_where_the_manifest_says(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    fields: dict,
    wanted: dict[int, int],
) -> None:
    resets.apply("replay", **fields)
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset"
    assert condition(status, "Succeeded")["status"] == "True"
    assert kafka.committed(group, topic) == BEFORE | wanted
    assert status["partitions"] == [
        row(topic, p, after, before=BEFORE[p]) for p, after in wanted.items()
    ]


CLAMPED = {
    "an offset before the log start": ({"to": {"offset": 1}}, LOG_START, "ClampedToEarliest"),
    "an offset after the log end": ({"to": {"offset": 21}}, LOG_END, "ClampedToLatest"),
    "the largest offset": ({"to": {"offset": 2**63 - 1}}, LOG_END, "ClampedToLatest"),
    "a timestamp before the first record": (
        {"to": {"timestamp": INSTANT - 10_000}},
        LOG_START,
        "ClampedToEarliest",
    ),
    "the first timestamp of all": ({"to": {"timestamp": 0}}, LOG_START, "ClampedToEarliest"),
    "a timestamp after the last record": (
        {"to": {"timestamp": INSTANT + 60_000}},
        LOG_END,
        "ClampedToLatest",
    ),
}


@pytest.mark.parametrize("fields, wanted, note", CLAMPED.values(), ids=CLAMPED.keys())
def test_what_is_outside_of_the_log_leads_to_its_nearer_end(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    fields: dict,
    wanted: int,
    note: str,
) -> None:
    resets.apply("replay", **fields)
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset"
    assert kafka.committed(group, topic) == {p: wanted for p in range(PARTITIONS)}
    assert status["partitions"] == [
        row(topic, p, wanted, before=BEFORE[p], note=note) for p in range(PARTITIONS)
    ]
    assert status["summary"]["clamped"] == PARTITIONS


REFUSED = {
    "an offset before the log start": (
        {"to": {"offset": 1}, "outOfRange": "Fail"},
        "OffsetOutOfRange",
        "partition 0 of topic {0} (2 to 20), partition 1 of topic {0} (2 to 20), partition 2",
    ),
    "an offset after the log end": (
        {"to": {"offset": 21}, "outOfRange": "Fail"},
        "OffsetOutOfRange",
        "outOfRange: Clamp",
    ),
    "a timestamp after the last record": (
        {"to": {"timestamp": INSTANT + 60_000}, "timestampNotFound": "Fail"},
        "TimestampNotFound",
        "timestampNotFound: Latest",
    ),
}


@pytest.mark.parametrize("fields, wanted, words", REFUSED.values(), ids=REFUSED.keys())
def test_fail_refuses_the_whole_reset_and_commits_nothing(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    fields: dict,
    wanted: str,
    words: str,
) -> None:
    resets.apply("replay", **fields)
    status = resets.wait_closed("replay")
    assert reason(status) == wanted
    assert condition(status, "Succeeded")["status"] == "False"
    assert condition(status, "Stalled")["status"] == "True"
    assert words.format(topic) in condition(status, "Succeeded")["message"]
    assert "partitions" not in status
    assert kafka.committed(group, topic) == BEFORE


@pytest.mark.parametrize(
    "fields, words",
    [
        (
            {"to": {"offset": 25}, "outOfRange": "Fail"},
            "partition 0 of topic {0} (2 to 20), partition 1 of topic {0} (2 to 20);",
        ),
        (
            {"to": {"timestamp": INSTANT + 30_000}, "timestampNotFound": "Fail"},
            "there is no record at or after timestamp 2019-10-23T06:29:34.000Z in "
            "partition 0 of topic {0}, partition 1 of topic {0};",
        ),
    ],
    ids=["offset", "timestamp"],
)
def test_fail_refuses_also_where_only_some_partitions_lack_it_and_names_these(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    fields: dict,
    words: str,
) -> None:
    kafka.produce(topic, 10, 2, [INSTANT + 30_000] * 10)
    resets.apply("replay", **fields)
    status = resets.wait_closed("replay")
    assert words.format(topic) in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, topic) == BEFORE


SKIPPED = {
    "an offset": ({"to": {"offset": 25}, "outOfRange": "Skip"}, "SkippedOutOfRange", 25),
    "a timestamp": (
        {"to": {"timestamp": INSTANT + 30_000}, "timestampNotFound": "Skip"},
        "SkippedTimestampNotFound",
        20,
    ),
}


@pytest.mark.parametrize("fields, note, wanted", SKIPPED.values(), ids=SKIPPED.keys())
def test_skip_leaves_the_partitions_alone_that_do_not_have_it(
    records: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    fields: dict,
    note: str,
    wanted: int,
) -> None:
    kafka.produce(topic, 10, 2, [INSTANT + 30_000] * 10)
    kafka.commit(group, topic, {0: 15, 2: 17})
    resets.apply("replay", **fields)
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 15, 2: wanted}
    assert status["partitions"] == [
        row(topic, 0, 15, before=15, note=note),
        row(topic, 1, None, note=note),
        row(topic, 2, wanted, before=17, end=30),
    ]
    assert status["summary"]["skipped"] == 2


def test_skip_may_leave_nothing_to_reset(
    commits: None, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    resets.apply("replay", to={"offset": 99}, outOfRange="Skip")
    status = resets.wait_closed("replay")
    assert reason(status) == "NothingToReset"
    assert {row["note"] for row in status["partitions"]} == {"SkippedOutOfRange"}
    assert kafka.committed(group, topic) == BEFORE


# -- groups and topics that have little yet


def test_a_group_that_never_committed_gets_a_commit_for_every_partition(
    records: None, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    resets.apply("seed", to={"offset": 10})
    status = resets.wait_closed("seed")
    assert reason(status) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 10, 1: 10, 2: 10}
    assert status["partitions"] == [row(topic, p, 10) for p in range(PARTITIONS)]


def test_a_partition_without_a_commit_gets_one(
    records: None, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    kafka.commit(group, topic, {1: 16})
    resets.apply("seed", to={"position": "Earliest"})
    rows = resets.wait_closed("seed")["partitions"]
    assert kafka.committed(group, topic) == {p: LOG_START for p in range(PARTITIONS)}
    assert [row.get("before") for row in rows] == [None, 16, None]


@pytest.mark.parametrize("to", [{"offset": 0}, {"timestamp": INSTANT}, {"position": "Earliest"}])
def test_a_topic_without_records_leads_to_offset_0(
    operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str, to: dict
) -> None:
    kafka.create_topic(topic, 2)
    resets.apply("seed", to=to)
    assert reason(resets.wait_closed("seed")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 0, 1: 0}


def test_other_groups_and_other_topics_of_the_group_stay_where_they_are(
    commits: None, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    kafka.create_topic(f"{topic}-2")
    kafka.produce(f"{topic}-2", 5)
    kafka.commit(group, f"{topic}-2", {0: 3})
    kafka.commit(f"{group}-2", topic, {0: 11, 1: 12})
    resets.apply("replay", to={"position": "Earliest"})
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, f"{topic}-2") == {0: 3}
    assert kafka.committed(f"{group}-2", topic) == {0: 11, 1: 12}
