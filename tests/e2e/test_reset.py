"""A manifest moves a group's committed offsets, once, to where it says."""

import pytest

from support import kafka_tool
from support.audit import Audit
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, reason
from support.rig import Rig

PARTITIONS = 3
RECORDS = 20
# 2019-10-23T06:29:04.000Z. Partition p has its first record at or after it at offset 5 + p, and
# half a second after it.
INSTANT = 1571812144000
FIRST_AT_INSTANT = {p: 5 + p for p in range(PARTITIONS)}
BEFORE = {0: 15, 1: 16, 2: 17}
LOG_START = 2


def _times(partition: int) -> list[int]:
    """A record each second."""
    return [INSTANT + 500 + 1000 * (i - FIRST_AT_INSTANT[partition]) for i in range(RECORDS)]


@pytest.fixture
def records(kafka: Kafka, topic: str) -> None:
    """Twenty records a partition, around INSTANT; the first two are deleted already."""
    kafka.create_topic(topic, PARTITIONS)
    for partition in range(PARTITIONS):
        kafka.produce(topic, RECORDS, partition, _times(partition))
    kafka.delete_records(topic, {p: LOG_START for p in range(PARTITIONS)})


@pytest.fixture
def commits(records: None, kafka: Kafka, group: str, topic: str) -> None:
    """The group has read up to BEFORE."""
    kafka.commit(group, topic, BEFORE)


def _row(topic: str, partition: int, after: int | None, **more: object) -> dict:
    row = {"topic": topic, "partition": partition, "start": LOG_START, "end": RECORDS}
    row |= {} if after is None else {"after": after}
    return row | more


# -- what a user asks for, and where the group is then

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
    "the log end as offset": ({"to": {"offset": RECORDS}}, {p: RECORDS for p in range(3)}),
    "earliest": ({"to": {"position": "Earliest"}}, {p: LOG_START for p in range(3)}),
    "latest": ({"to": {"position": "Latest"}}, {p: RECORDS for p in range(3)}),
    "latest in partition 1": ({"to": {"position": "Latest"}, "partition": 1}, {1: RECORDS}),
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
        _row(topic, p, after, before=BEFORE[p]) for p, after in wanted.items()
    ]


CLAMPED = {
    "an offset before the log start": ({"to": {"offset": 1}}, LOG_START, "ClampedToEarliest"),
    "an offset after the log end": ({"to": {"offset": 21}}, RECORDS, "ClampedToLatest"),
    "the largest offset": ({"to": {"offset": 2**63 - 1}}, RECORDS, "ClampedToLatest"),
    "a timestamp before the first record": (
        {"to": {"timestamp": INSTANT - 10_000}},
        LOG_START,
        "ClampedToEarliest",
    ),
    "the first timestamp of all": ({"to": {"timestamp": 0}}, LOG_START, "ClampedToEarliest"),
    "a timestamp after the last record": (
        {"to": {"timestamp": INSTANT + 60_000}},
        RECORDS,
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
        _row(topic, p, wanted, before=BEFORE[p], note=note) for p in range(PARTITIONS)
    ]
    assert status["summary"]["clamped"] == PARTITIONS


REFUSED = {
    "an offset before the log start": (
        {"to": {"offset": 1}, "outOfRange": "Fail"},
        "OffsetOutOfRange",
        "partition 0 (2 to 20), partition 1 (2 to 20), partition 2 (2 to 20)",
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
    assert words in condition(status, "Succeeded")["message"]
    assert "partitions" not in status
    assert kafka.committed(group, topic) == BEFORE


@pytest.mark.parametrize(
    "fields, words",
    [
        (
            {"to": {"offset": 25}, "outOfRange": "Fail"},
            "topic {}: partition 0 (2 to 20), partition 1 (2 to 20);",
        ),
        (
            {"to": {"timestamp": INSTANT + 30_000}, "timestampNotFound": "Fail"},
            "topic {} has no record at or after timestamp 2019-10-23T06:29:34.000Z: "
            "partition 0, partition 1;",
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
        _row(topic, 0, 15, before=15, note=note),
        _row(topic, 1, None, note=note),
        _row(topic, 2, wanted, before=17, end=30),
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
    assert status["partitions"] == [_row(topic, p, 10) for p in range(PARTITIONS)]


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


# -- what it tells


def test_a_reset_takes_two_status_writes_and_nothing_else(
    commits: None, operator: OperatorProcess, resets: Resets, audit: Audit, namespace: str
) -> None:
    resets.apply("replay", to={"offset": 10})
    resets.wait_closed("replay")
    writes = [r for r in audit.of_operator(namespace) if r.is_write]
    assert [(w.resource, w.name, w.code) for w in writes] == [
        ("offsetresets/status", "replay", 200)
    ] * 2


def test_the_status_tells_the_whole_story(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to={"timestamp": INSTANT})
    status = resets.wait_closed("replay")
    assert status["observedGeneration"] == 1
    assert status["closed"] is True
    assert status["startTime"] <= status["completionTime"]
    assert status["destination"] == "timestamp 2019-10-23T06:29:04.000Z"
    assert status["resolvedTimestamp"] == "2019-10-23T06:29:04.000Z"
    assert status["summary"] == {
        "partitions": 3,
        "moved": 3,
        "unchanged": 0,
        "clamped": 0,
        "skipped": 0,
        "failed": 0,
        "replayRecords": 30,
        "skipRecords": 0,
        "lagBefore": 12,
        "lagAfter": 42,
        "requests": 1,
    }
    conditions = {c["type"]: (c["status"], c["reason"]) for c in status["conditions"]}
    assert conditions == {
        "Ready": ("True", "OffsetsReset"),
        "Succeeded": ("True", "OffsetsReset"),
    }
    assert {c["observedGeneration"] for c in status["conditions"]} == {1}
    assert "waitingSince" not in status and "group" not in status
    uid = resets.get("replay")["metadata"]["uid"]
    stamp = f"offsetreset.io/{uid}"
    assert offsets_log.metadata(group, topic) == {p: stamp for p in range(PARTITIONS)}


def test_the_same_reset_again_has_nothing_to_do_and_commits_nothing(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
    audit: Audit,
    namespace: str,
) -> None:
    resets.apply("replay", to={"offset": 10})
    resets.wait_closed("replay")
    audit.forget()
    resets.apply("again", to={"offset": 10})
    status = resets.wait_closed("again")
    assert reason(status) == "NothingToReset"
    assert condition(status, "Succeeded")["status"] == "True"
    assert status["partitions"] == [_row(topic, p, 10, before=10) for p in range(PARTITIONS)]
    assert offsets_log.commits(group, topic) == {p: [BEFORE[p], 10] for p in range(PARTITIONS)}
    assert len([r for r in audit.of_operator(namespace) if r.is_write]) == 1


def test_applying_the_same_manifest_again_does_nothing(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    audit: Audit,
    namespace: str,
) -> None:
    resets.apply("replay", to={"offset": 10})
    before = resets.wait_closed("replay")
    kafka.commit(group, topic, {0: 13})  # the group goes on
    audit.forget()
    resets.apply("replay", to={"offset": 10})
    resets.apply("sentinel", to={"offset": 10}, partition=1)
    resets.wait_closed("sentinel")
    assert {r.name for r in audit.of_operator(namespace) if r.is_write} == {"sentinel"}
    assert resets.status("replay") == before
    assert kafka.committed(group, topic) == {0: 13, 1: 10, 2: 10}


def test_a_reset_that_was_deleted_and_applied_anew_runs_anew(
    commits: None, operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    resets.apply("replay", to={"offset": 10})
    resets.wait_closed("replay")
    kafka.commit(group, topic, {0: 13})
    resets.delete("replay")
    resets.apply("replay", to={"offset": 10})
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 10, 1: 10, 2: 10}


def test_kubectl_waits_for_a_reset_and_shows_it_in_one_line(
    commits: None, operator: OperatorProcess, resets: Resets, kubectl: Kubectl, group: str
) -> None:
    resets.apply("replay", to={"offset": 10})
    kubectl("wait", "--for=condition=Succeeded", "--timeout=30s", "ofr/replay")
    head, line = kubectl("get", "ofr").splitlines()
    assert head.split() == ["NAME", "GROUP", "TO", "STATUS", "MOVED", "AGE"]
    assert line.split()[:-1] == ["replay", group, "offset", "10", "OffsetsReset", "3"]
    wide = kubectl("get", "ofr", "-o", "wide").splitlines()[1]
    assert wide.split()[6:8] == ["18", "0"]
    assert kubectl("get", "ofr", "--field-selector", "status.closed!=true", "-o", "name") == ""


# -- beside Kafka's own tool

TOOL = {
    "earliest": (["--to-earliest"], {"to": {"position": "Earliest"}}),
    "latest": (["--to-latest"], {"to": {"position": "Latest"}}),
    "an offset": (["--to-offset", "10"], {"to": {"offset": 10}}),
    "an offset before the log start": (["--to-offset", "0"], {"to": {"offset": 0}}),
    "an offset after the log end": (["--to-offset", "1000"], {"to": {"offset": 1000}}),
    "a time": (
        ["--to-datetime", "2019-10-23T06:29:04.000Z"],
        {"to": {"timestamp": INSTANT}},
    ),
    "a time before the first record": (
        ["--to-datetime", "2019-10-23T06:00:00.000Z"],
        {"to": {"timestamp": "2019-10-23T06:00:00Z"}},
    ),
    "a time after the last record": (
        ["--to-datetime", "2019-10-23T07:00:00.000Z"],
        {"to": {"timestamp": "2019-10-23T07:00:00Z"}},
    ),
    "a time that one partition has": (
        ["--to-datetime", "2019-10-23T06:29:30.000Z"],
        {"to": {"timestamp": "2019-10-23T06:29:30Z"}},
    ),
}


@pytest.mark.parametrize("flags, fields", TOOL.values(), ids=TOOL.keys())
def test_the_group_is_where_kafkas_own_tool_would_have_moved_it(
    records: None,
    operator: OperatorProcess,
    resets: Resets,
    rig: Rig,
    kafka: Kafka,
    group: str,
    topic: str,
    flags: list[str],
    fields: dict,
) -> None:
    kafka.produce(topic, 10, 2, [INSTANT + 30_000] * 10)  # the partitions differ
    twin = f"{group}-tool"
    for name in (group, twin):
        kafka.commit(name, topic, {0: 15, 2: 17})
    kafka_tool.reset_offsets(rig, twin, topic, *flags)
    resets.apply("replay", **fields)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    expected = kafka.committed(twin, topic)
    assert expected != {0: 15, 2: 17}, "the tool refused"
    assert kafka.committed(group, topic) == expected
