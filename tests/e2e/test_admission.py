"""What the API server says to a new manifest before the operator ever sees it."""

import pytest
import yaml

from support.kubectl import Kubectl, KubectlError
from support.resets import Resets

WHERE_TO = "say where to: write exactly one of to.offset, to.timestamp, to.ago, to.position"
NO_TO = "say where to: write to, such as to: {position: Earliest}"
NO_TO_OF_A_TOPIC = "say where to: write to, or a to for every one of topics"
WHICH = "say which partitions: write exactly one of topic, topics and allTopics: true"
OWN_PARTITIONS = "to.undo and to.csvFrom say themselves which partitions: leave out topic, topics"
CLUSTER = (
    "say which Kafka cluster: write exactly one of connectionRef, such as connectionRef: {name"
)
CONNECTION = "name the connection: write its metadata.name"
BROKERS = "name the brokers: write host:port, several separated by commas"
TOPIC = "write a topic's name: 1 to 249 letters, digits, dots, underscores and hyphens"
PARTITION = "write a partition's number (0 or more), or -1 for all partitions"
PARTITION_OF_A_LIST = "write a partition's number, 0 or more"
OFFSETS = "to.offsets is for one topic and names its partitions: write topic without partition"
TWICE = "a topic is there twice: write each once, with all of its partitions"
DURATION = (
    "write a duration of more than 0, such as 2h30m, 90s or, as ISO 8601 has it, PT2H30M or P3D"
)
SOURCE = "to.group is the group that is reset: write the group to copy from"
IN_ALL = "name at most 5000 partitions in all"
MILLISECONDS = "write milliseconds since 1970, 0 to 253402300799999"
RFC3339 = "write RFC 3339 text with a date of 1970 to 9999, a time and a zone"
NO_SUCH_DAY = "there is no such day"
NO_SUCH_TIME = "there is no such time"
NAME_TO_UNDO = "name the OffsetReset to undo: write its metadata.name"
CONFIG_MAP = "name the ConfigMap: write its metadata.name"
KEY = "name the key in the ConfigMap's data: write 1 to 253 letters, digits, dots"


def _topics(*entries: dict, **fields: object) -> dict:
    """Fields of a manifest with topics instead of topic."""
    return {"topic": None, "topics": list(entries)} | fields


def _csv(**reference: object) -> dict:
    wanted = {"name": "positions", "key": "a.csv"} | reference
    return {"csvFrom": {"configMapKeyRef": {k: v for k, v in wanted.items() if v is not None}}}


def _connection(**reference: object) -> dict:
    """Fields of a manifest with a connection instead of brokers."""
    return {"bootstrapServers": None, "connectionRef": reference}


def _offsets(*partitions: int) -> list[dict]:
    return [{"partition": partition, "offset": 1} for partition in partitions]


DAY = "2026-11-22T08:00:00Z"
REFUSED_DESTINATIONS = {
    "none": ({}, f"spec.to: Invalid value: {WHERE_TO}"),
    "two": ({"offset": 1, "position": "Latest"}, WHERE_TO),
    "three": ({"offset": 1, "timestamp": 1, "position": "Latest"}, WHERE_TO),
    "an undo and another": ({"undo": "a", "offset": 1}, WHERE_TO),
    "null": ({"offset": None}, WHERE_TO),
    "an unknown one": ({"latest": True}, 'unknown field "spec.to.latest"'),
    "a negative offset": ({"offset": -1}, "spec.to.offset: Invalid value: -1: write an offset"),
    "an offset as text": ({"offset": "10"}, "spec.to.offset in body must be of type int"),
    "an offset beyond 64 bits": ({"offset": 2**63}, "must be of type integer"),
    "another position": ({"position": "earliest"}, '"Earliest", "Latest", "Current", "None"'),
    "a shift as text": ({"shiftBy": "+5"}, "spec.to.shiftBy in body must be of type integer"),
    "an empty group": ({"group": ""}, "name the group to copy from: write 1 to 255 characters"),
    "a group of 256": ({"group": "g" * 256}, "spec.to.group: Too long: may not be more than 255"),
    "no name to undo": ({"undo": ""}, NAME_TO_UNDO),
    "a name to undo that is none": ({"undo": "Replay Orders"}, NAME_TO_UNDO),
    "a name of 254": ({"undo": "n" * 254}, "spec.to.undo: Too long: may not be more than 253"),
    "undoMoved alone": (
        {"offset": 1, "undoMoved": True},
        "undoMoved belongs to undo: leave it out",
    ),
    "no offsets": ({"offsets": []}, "name the offsets: write at least one {partition, offset}"),
    "an offset without partition": ({"offsets": [{"offset": 1}]}, "offsets[0].partition: Required"),
    "a partition without offset": ({"offsets": [{"partition": 1}]}, "offsets[0].offset: Required"),
    "offsets of partition -1": ({"offsets": _offsets(-1)}, PARTITION_OF_A_LIST),
    "a negative offset of one": (
        {"offsets": [{"partition": 0, "offset": -1}]},
        "spec.to.offsets[0].offset: Invalid value: -1: write an offset of 0 or more",
    ),
    "a partition twice": (
        {"offsets": [{"partition": 7, "offset": 1}, {"partition": 7, "offset": 2}]},
        'spec.to.offsets[1]: Duplicate value: {"partition":7}',
    ),
    "1001 offsets": ({"offsets": _offsets(*range(1001))}, "Too many: 1001: must have at most 1000"),
    "a CSV from nowhere": ({"csvFrom": {}}, "spec.to.csvFrom.configMapKeyRef: Required value"),
    "a CSV without a name": (_csv(name=None), "configMapKeyRef.name: Required value"),
    "a CSV without a key": (_csv(key=None), "configMapKeyRef.key: Required value"),
    "a ConfigMap's name that is none": (_csv(name="Positions"), CONFIG_MAP),
    "an empty key": (_csv(key=""), KEY),
    "a key that is a path": (_csv(key="a/b.csv"), KEY),
}
# What of topics[].to: the same, but for what is of the whole spec.
NOT_OF_A_TOPIC = ("undo", "undoMoved", "csvFrom")

REFUSED = {
    "no to": ({"to": None}, NO_TO),
    "an unknown field": ({"dryrun": True}, 'unknown field "spec.dryrun"'),
    "no cluster": ({"bootstrapServers": None}, CLUSTER),
    "brokers and a connection": ({"connectionRef": {"name": "prod"}}, CLUSTER),
    "a connection without a name": (_connection(), "spec.connectionRef.name: Required value"),
    "a connection's empty name": (_connection(name=""), CONNECTION),
    "a connection's name that is none": (_connection(name="Prod"), CONNECTION),
    "a connection of another namespace": (_connection(name="kafka/prod"), CONNECTION),
    "a connection's namespace": (
        _connection(name="prod", namespace="kafka"),
        'unknown field "spec.connectionRef.namespace"',
    ),
    "a name of 254": (_connection(name="n" * 254), "connectionRef.name: Too long: may not be more"),
    "another kind of connection": (
        _connection(kind="Kafka", name="prod"),
        '"KafkaConnection", "ClusterKafkaConnection"',
    ),
    "empty brokers": ({"bootstrapServers": ""}, BROKERS),
    "a broker without port": ({"bootstrapServers": "kafka"}, BROKERS),
    "a broker with port 0": ({"bootstrapServers": "kafka:0"}, BROKERS),
    "a broker with port 65536": ({"bootstrapServers": "kafka:65536"}, BROKERS),
    "a comma at the end": ({"bootstrapServers": "kafka:9092,"}, BROKERS),
    "a protocol": ({"bootstrapServers": "PLAINTEXT://kafka:9092"}, BROKERS),
    "a bare IPv6 address": ({"bootstrapServers": "::1:9092"}, BROKERS),
    "65 brokers": ({"bootstrapServers": ",".join(["k:1"] * 65)}, "write at most 64 brokers"),
    "no group": ({"groupId": None}, "spec.groupId: Required value"),
    "an empty group": ({"groupId": ""}, "name the consumer group: write 1 to 255 characters"),
    "a group of 256": ({"groupId": "g" * 256}, "spec.groupId: Too long: may not be more than 255"),
    "an empty topic": ({"topic": ""}, TOPIC),
    "topic .": ({"topic": "."}, TOPIC),
    "topic ..": ({"topic": ".."}, TOPIC),
    "a topic with a slash": ({"topic": "a/b"}, TOPIC),
    "a topic with an umlaut": ({"topic": "b\u00fccher"}, TOPIC),
    "a topic of 250": ({"topic": "t" * 250}, "spec.topic: Too long: may not be more than 249"),
    "partition -2": ({"partition": -2}, f"spec.partition: Invalid value: -2: {PARTITION}"),
    "partition 2^31": ({"partition": 2**31}, PARTITION),
    "a partition as text": ({"partition": "0"}, "spec.partition in body must be of type integer"),
    "negative wait": ({"waitSeconds": -1}, "write 0 to 604800 seconds (a week)"),
    "more than a week": ({"waitSeconds": 604801}, "write 0 to 604800 seconds (a week)"),
    "a negative time to live": (
        {"ttlSecondsAfterFinished": -1},
        "write 0 to 31622400 seconds (a year)",
    ),
    "a time to live of more than a year": (
        {"ttlSecondsAfterFinished": 31622401},
        "write 0 to 31622400 seconds (a year)",
    ),
    "another outOfRange": ({"outOfRange": "clamp"}, '"Clamp", "Fail", "Skip"'),
    "another timestampNotFound": ({"timestampNotFound": "End"}, '"Latest", "Fail", "Skip"'),
    "another missingCommit": ({"missingCommit": "Create"}, '"Set", "Skip", "Fail"'),
    "another isolation": ({"isolation": "committed"}, '"ReadUncommitted", "ReadCommitted"'),
    "another whenActive": ({"whenActive": "Force"}, '"Wait", "Fail"'),
    "a negative guard": (
        {"guards": {"maxReplayRecords": -1}},
        "spec.guards.maxReplayRecords: Invalid value: -1: write a number of records, 0 or more",
    ),
    "another negative guard": (
        {"guards": {"maxSkipRecords": -1}},
        "spec.guards.maxSkipRecords: Invalid value: -1: write a number of records, 0 or more",
    ),
    "to settle for more than a day": (
        {"guards": {"settleSeconds": 86401}},
        "spec.guards.settleSeconds: Invalid value: 86401: write 0 to 86400 seconds (a day)",
    ),
    "a dry run as text": ({"dryRun": "yes"}, "spec.dryRun in body must be of type boolean"),
    "an end before the begin": (
        {"notBefore": "2026-11-22T08:00:00Z", "notAfter": "2026-11-22T08:30:00+01:00"},
        "there is no time in between: write a notAfter that is later than notBefore",
    ),
    "an end at the begin": (
        {"notBefore": DAY, "notAfter": "2026-11-22t08:00:00.000z"},
        "there is no time in between: write a notAfter that is later than notBefore",
    ),
    "its own group to copy from": ({"groupId": "a", "to": {"group": "a"}}, SOURCE),
    "its own group for one topic": (
        _topics({"name": "t", "to": {"group": "a"}}, groupId="a", to=None),
        SOURCE,
    ),
    "itself to undo": (
        {"topic": None, "to": {"undo": "wrong"}},
        "to.undo names this reset itself: write the name of the one to undo",
    ),
}
REFUSED_SCOPES = {
    "none": ({"topic": None}, WHICH),
    "allTopics: false": ({"topic": None, "allTopics": False}, WHICH),
    "topic and topics": ({"topics": [{"name": "b"}]}, WHICH),
    "topic and allTopics": ({"allTopics": True}, WHICH),
    "topics and allTopics": (_topics({"name": "a"}, allTopics=True), WHICH),
    "undo and topic": ({"to": {"undo": "a"}}, OWN_PARTITIONS),
    "undo and topics": (_topics({"name": "a"}, to={"undo": "a"}), OWN_PARTITIONS),
    "undo and allTopics": ({"topic": None, "allTopics": True, "to": {"undo": "a"}}, OWN_PARTITIONS),
    "csvFrom and topic": ({"to": _csv()}, OWN_PARTITIONS),
    "undo and partition": (
        {"topic": None, "partition": 1, "to": {"undo": "a"}},
        "belongs to topic",
    ),
    "topics and partition": (
        _topics({"name": "a"}, partition=1),
        "partition belongs to topic: among topics, write partitions beside a name",
    ),
    "offsets of all topics": (
        {"topic": None, "allTopics": True, "to": {"offsets": _offsets(0)}},
        OFFSETS,
    ),
    "offsets of several topics": (_topics({"name": "a"}, to={"offsets": _offsets(0)}), OFFSETS),
    "offsets of one partition": ({"partition": 0, "to": {"offsets": _offsets(0)}}, OFFSETS),
    "offsets and partitions of a topic": (
        _topics({"name": "a", "partitions": [0], "to": {"offsets": _offsets(0)}}),
        "to.offsets names the partitions: leave out partitions beside it",
    ),
    "no topics": (_topics(), "name the topics: write at least one"),
    "101 topics": (
        _topics(*({"name": f"t-{n}"} for n in range(101))),
        "spec.topics: Too many: 101: must have at most 100 items",
    ),
    "a topic twice": (_topics({"name": "a"}, {"name": "b"}, {"name": "a"}), TWICE),
    "a topic without name": (_topics({"partitions": [1]}), "spec.topics[0].name: Required value"),
    "an illegal name": (_topics({"name": "a b"}), TOPIC),
    "no partitions": (
        _topics({"name": "a", "partitions": []}),
        "name the partitions: write at least one, or leave it out for all",
    ),
    "a partition twice": (
        _topics({"name": "a", "partitions": [3, 1, 3]}),
        "spec.topics[0].partitions[2]: Duplicate value: 3",
    ),
    "partition -1": (_topics({"name": "a", "partitions": [-1]}), PARTITION_OF_A_LIST),
    "partition 2^31": (_topics({"name": "a", "partitions": [2**31]}), PARTITION_OF_A_LIST),
    "1001 partitions": (
        _topics({"name": "a", "partitions": list(range(1001))}),
        "Too many: 1001: must have at most 1000",
    ),
    "5001 partitions in all": (
        _topics(
            *({"name": f"t-{n}", "partitions": list(range(1000))} for n in range(4)),
            {"name": "u", "to": {"offsets": _offsets(*range(1000))}},
            {"name": "v", "partitions": [0]},
        ),
        IN_ALL,
    ),
    "a topic without a destination": (
        _topics({"name": "a", "to": {"offset": 1}}, {"name": "b"}, to=None),
        NO_TO_OF_A_TOPIC,
    ),
    "an undo of one topic": (_topics({"name": "a", "to": {"undo": "x"}}), "unknown field"),
}
REFUSED_TIMESTAMPS = {
    -1: MILLISECONDS,
    253402300800000: MILLISECONDS,
    1571812144000000: MILLISECONDS,  # microseconds
    1571812144000.5: "must be of type integer",
    True: "must be of type integer,string",
    "1571812144000": RFC3339,
    "": RFC3339,
    "now": RFC3339,
    "2026-11-22": RFC3339,
    "2026-11-22T08:00:00": RFC3339,
    "2026-11-22 08:00:00Z": RFC3339,
    "2026-11-22T08:00Z": RFC3339,
    "2026-11-22T08:00:00.Z": RFC3339,
    "2026-11-22T08:00:00+0100": RFC3339,
    "2026-11-22T08:60:00Z": RFC3339,
    "2026-11-22T08:00:00Z\n": RFC3339,
    "2026-11-22T08:00:00." + "0" * 60 + "Z": RFC3339,
    "1969-12-31T23:59:59Z": RFC3339,
    "10000-01-01T00:00:00Z": RFC3339,
    "2026-00-01T00:00:00Z": NO_SUCH_DAY,
    "2026-13-01T00:00:00Z": NO_SUCH_DAY,
    "2026-01-00T00:00:00Z": NO_SUCH_DAY,
    "2026-01-32T00:00:00Z": NO_SUCH_DAY,
    "2026-02-30T00:00:00Z": NO_SUCH_DAY,
    "2026-04-31T00:00:00Z": NO_SUCH_DAY,
    "2026-02-29T00:00:00Z": "that year's February has 28 days",
    "2100-02-29T00:00:00Z": "that year's February has 28 days",
    "2026-11-22T24:00:00Z": NO_SUCH_TIME,
    "2026-11-22T08:00:61Z": NO_SUCH_TIME,
    "2026-11-22T08:00:00+24:00": NO_SUCH_TIME,
}
REFUSED_DURATIONS = [
    "",
    "0",
    "0s",
    "PT0S",
    "5",
    "h",
    "2 h",
    "2h 30m",
    "-2h",
    "2d",
    "2H",
    "P",
    "PT",
    "P1DT",
    "2h30",
    "PT2h",
    "P1Y",
    "PT1M2H",
    "1h\n",
]
ACCEPTED = {
    "offset 0": {"to": {"offset": 0}},
    "the largest offset": {"to": {"offset": 2**63 - 1}},
    "the log start": {"to": {"position": "Earliest"}},
    "the log end": {"to": {"position": "Latest"}},
    "what is there": {"to": {"position": "Current"}},
    "no commits": {"to": {"position": "None"}},
    "a shift back": {"to": {"shiftBy": -(2**63)}},
    "a shift forward": {"to": {"shiftBy": 2**63 - 1}},
    "another group": {"to": {"group": "alle B\u00fccher"}},
    "an undo": {"topic": None, "to": {"undo": "replay-orders.2"}},
    "an undo, come what may": {"topic": None, "to": {"undo": "a", "undoMoved": True}},
    "an undo with no topics at all": {"topic": None, "allTopics": False, "to": {"undo": "a"}},
    "a CSV": {"topic": None, "to": _csv(key="Positions_1.csv")},
    "1000 offsets": {"to": {"offsets": _offsets(*range(1000))}},
    "the offset of the largest partition": {"to": {"offsets": _offsets(2**31 - 1)}},
    "one partition": {"to": {"offset": 10}, "partition": 0},
    "the largest partition": {"to": {"offset": 10}, "partition": 2**31 - 1},
    "all topics": {"topic": None, "allTopics": True},
    "no all topics": {"allTopics": False},
    "topics": _topics({"name": "a"}, {"name": "b", "partitions": [7, 0, 2**31 - 1]}),
    "100 topics": _topics(*({"name": f"t-{n}"} for n in range(100))),
    "1000 partitions": _topics({"name": "a", "partitions": list(range(1000))}),
    "5000 partitions in all": _topics(
        *({"name": f"t-{n}", "partitions": list(range(1000))} for n in range(4)),
        {"name": "u", "to": {"offsets": _offsets(*range(1000))}},
    ),
    "destinations for each topic": _topics(
        {"name": "a", "to": {"offset": 0}},
        {"name": "b", "to": {"timestamp": 1571812144000}},
        {"name": "c", "to": {"ago": "2h"}},
        {"name": "d", "to": {"position": "None"}},
        {"name": "e", "to": {"shiftBy": 1}},
        {"name": "f", "to": {"group": "another"}},
        {"name": "g", "to": {"offsets": _offsets(1)}},
        to=None,
    ),
    "a destination for one topic": _topics({"name": "a"}, {"name": "b", "to": {"offset": 0}}),
    "a connection": _connection(kind="KafkaConnection", name="prod.eu-1"),
    "a cluster connection": _connection(kind="ClusterKafkaConnection", name="prod"),
    "brokers with blanks between": {"bootstrapServers": "a:9092, b.c_d-e:65535 ,\tf:1"},
    "IPv6 brokers": {"bootstrapServers": "[::1]:9092,[fe80::1%eth0]:9092"},
    "64 brokers": {"bootstrapServers": ",".join(["k:1"] * 64)},
    "a group of 255": {"groupId": "g" * 255},
    "a group with blanks and umlauts": {"groupId": "alle B\u00fccher, 2. Versuch"},
    "a topic of 249": {"topic": "t" * 249},
    "a topic of three dots": {"topic": "..."},
    "no wait": {"waitSeconds": 0},
    "a week": {"waitSeconds": 604800},
    "no time to live": {"ttlSecondsAfterFinished": 0},
    "a year to live": {"ttlSecondsAfterFinished": 31622400},
    "every choice": {
        "outOfRange": "Skip",
        "timestampNotFound": "Skip",
        "missingCommit": "Skip",
        "isolation": "ReadCommitted",
        "whenActive": "Fail",
    },
    "no guards": {"guards": {}},
    "guards": {
        "guards": {"maxReplayRecords": 0, "maxSkipRecords": 2**63 - 1, "settleSeconds": 86400}
    },
    "a dry run": {"dryRun": True},
    "a suspended one": {"suspend": True},
    "a window": {"notBefore": DAY, "notAfter": "2026-11-22T08:00:00.001Z"},
    "an end that has been": {"notAfter": "1970-01-01T00:00:00Z"},
    "another destination that is null": {"to": {"offset": None, "position": "Latest"}},
}
ACCEPTED_TIMESTAMPS = [
    0,
    1571812144000,
    253402300799999,
    "1970-01-01T00:00:00Z",
    "2026-11-22T08:00:00Z",
    "2026-11-22T08:00:00.123456789Z",
    "2026-11-22T08:00:00-05:30",
    "2000-02-29T00:00:00Z",
    "2024-02-29T23:59:59Z",
    "9999-12-31T23:59:59Z",
]
# Rare, and so not for every field.
ACCEPTED_TIMESTAMPS_OF_TO = ["2026-11-22t08:00:00.123456789z", "2026-06-30T23:59:60Z"]
ACCEPTED_DURATIONS = [
    "2h30m",
    "90s",
    "1.5h",
    ".5h",
    "500ms",
    "1us",
    "1\u00b5s",
    "1\u03bcs",
    "1ns",
    "1h1h",
    "PT2H30M",
    "PT0.5S",
    "P3D",
    "P1W",
    "P1W2DT3H4M5.5S",
    "P0DT1S",
]
DEFAULTS = {
    "partition": -1,
    "outOfRange": "Clamp",
    "timestampNotFound": "Latest",
    "isolation": "ReadUncommitted",
    "whenActive": "Wait",
    "waitSeconds": 600,
    "dryRun": False,
    "suspend": False,
}


def _refusal(resets: Resets, kubectl: Kubectl, **spec: object) -> str:
    """What a user reads; fails if the manifest was accepted."""
    manifest = yaml.safe_dump(resets.manifest("wrong", **spec))
    with pytest.raises(KubectlError) as refused:
        kubectl("create", "-f", "-", stdin=manifest)
    return str(refused.value)


def _accept(resets: Resets, kubectl: Kubectl, **spec: object) -> dict:
    """The spec as the server stored it."""
    manifest = resets.manifest("right", **spec)
    kubectl("create", "-f", "-", stdin=yaml.safe_dump(manifest))
    return resets.get("right")["spec"]


@pytest.mark.parametrize("fields, message", REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_manifest_is_refused(
    resets: Resets, kubectl: Kubectl, fields: dict, message: str
) -> None:
    assert message in _refusal(resets, kubectl, **({"to": {"offset": 1}} | fields))


@pytest.mark.parametrize("fields, message", REFUSED_SCOPES.values(), ids=REFUSED_SCOPES.keys())
def test_a_wrong_choice_of_partitions_is_refused(
    resets: Resets, kubectl: Kubectl, fields: dict, message: str
) -> None:
    assert message in _refusal(resets, kubectl, **({"to": {"offset": 1}} | fields))


@pytest.mark.parametrize(
    "to, message", REFUSED_DESTINATIONS.values(), ids=REFUSED_DESTINATIONS.keys()
)
def test_a_wrong_destination_is_refused(
    resets: Resets, kubectl: Kubectl, to: dict, message: str
) -> None:
    topic = {"topic": None} if "undo" in to or "csvFrom" in to else {}
    assert message in _refusal(resets, kubectl, to=to, **topic)
    if not any(key in to for key in NOT_OF_A_TOPIC):
        wanted = message.replace("spec.to", "spec.topics[0].to")
        assert wanted in _refusal(resets, kubectl, **_topics({"name": "a", "to": to}, to=None))


@pytest.mark.parametrize("timestamp, message", REFUSED_TIMESTAMPS.items())
def test_a_wrong_timestamp_is_refused(
    resets: Resets, kubectl: Kubectl, timestamp: object, message: str
) -> None:
    assert message in _refusal(resets, kubectl, to={"timestamp": timestamp})
    of_a_topic = message if isinstance(timestamp, (int, float)) else RFC3339
    own = {"name": "a", "to": {"timestamp": timestamp}}
    assert of_a_topic in _refusal(resets, kubectl, **_topics(own, to=None))
    for field in ("notBefore", "notAfter") if isinstance(timestamp, str) else ():
        told = _refusal(resets, kubectl, to={"offset": 1}, **{field: timestamp})
        assert f"spec.{field}: " in told
        assert RFC3339 in told or len(timestamp) > 64


@pytest.mark.parametrize("duration", REFUSED_DURATIONS)
def test_a_wrong_duration_is_refused(resets: Resets, kubectl: Kubectl, duration: str) -> None:
    assert DURATION in _refusal(resets, kubectl, to={"ago": duration})
    own = {"name": "a", "to": {"ago": duration}}
    assert DURATION in _refusal(resets, kubectl, **_topics(own, to=None))


@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_right_manifest_is_accepted_with_defaults(
    resets: Resets, kubectl: Kubectl, fields: dict
) -> None:
    fields = {"to": {"position": "Earliest"}} | fields
    written = resets.manifest("right", **fields)["spec"]
    without_nulls = {k: v for k, v in (written.get("to") or {}).items() if v is not None}
    wanted = DEFAULTS | written | ({"to": without_nulls} if without_nulls else {})
    assert _accept(resets, kubectl, **fields) == wanted


@pytest.mark.parametrize("timestamp", ACCEPTED_TIMESTAMPS + ACCEPTED_TIMESTAMPS_OF_TO)
def test_a_right_timestamp_is_kept_as_written(
    resets: Resets, kubectl: Kubectl, timestamp: object
) -> None:
    to = {"timestamp": timestamp}
    assert _accept(resets, kubectl, to=to)["to"] == to


@pytest.mark.parametrize("timestamp", ACCEPTED_TIMESTAMPS)
def test_a_right_timestamp_is_right_for_one_topic_and_as_a_limit_too(
    resets: Resets, kubectl: Kubectl, timestamp: object
) -> None:
    topics = [{"name": "a", "to": {"timestamp": timestamp}}]
    limit = {"notAfter": timestamp} if isinstance(timestamp, str) else {}
    spec = _accept(resets, kubectl, **_topics(*topics, to=None, **limit))
    assert spec["topics"] == topics
    assert {k: v for k, v in spec.items() if k == "notAfter"} == limit


@pytest.mark.parametrize("duration", ACCEPTED_DURATIONS)
def test_a_right_duration_is_kept_as_written(
    resets: Resets, kubectl: Kubectl, duration: str
) -> None:
    to = {"ago": duration}
    spec = _accept(resets, kubectl, **_topics({"name": "a", "to": to}, to=to))
    assert spec["to"] == spec["topics"][0]["to"] == to


def test_a_timestamp_without_quotes_is_the_text_that_it_looks_like(
    resets: Resets, kubectl: Kubectl
) -> None:
    manifest = yaml.safe_dump(resets.manifest("unquoted", to={"timestamp": "TIME"}))
    kubectl("apply", "-f", "-", stdin=manifest.replace("TIME", "2026-11-22T08:00:00Z"))
    assert resets.get("unquoted")["spec"]["to"] == {"timestamp": "2026-11-22T08:00:00Z"}


def test_a_connection_is_one_of_the_namespace_unless_it_says_otherwise(
    resets: Resets, kubectl: Kubectl
) -> None:
    spec = _accept(resets, kubectl, to={"offset": 1}, **_connection(name="prod"))
    assert spec["connectionRef"] == {"kind": "KafkaConnection", "name": "prod"}


def test_a_status_in_the_manifest_is_ignored(resets: Resets, kubectl: Kubectl) -> None:
    forged = {"observedGeneration": 1, "closed": True}
    kubectl.apply(resets.manifest("forged", to={"offset": 10}) | {"status": forged})
    assert resets.status("forged") == {"observedGeneration": -1}
