"""Wherever both can express it, a reset writes what Kafka's own tool writes."""

import pytest

from support import kafka_tool, timed_topic
from support.kafka import Kafka
from support.operator_process import OperatorProcess
from support.resets import Resets, reason
from support.rig import Rig
from support.timed_topic import INSTANT

DESTINATIONS = {
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


@pytest.mark.parametrize("flags, fields", DESTINATIONS.values(), ids=DESTINATIONS.keys())
def test_the_group_is_where_kafkas_own_tool_would_have_moved_it(
    operator: OperatorProcess,
    resets: Resets,
    rig: Rig,
    kafka: Kafka,
    group: str,
    topic: str,
    flags: list[str],
    fields: dict,
) -> None:
    timed_topic.create(kafka, topic)
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
