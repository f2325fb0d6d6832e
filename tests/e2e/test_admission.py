"""What the API server says to a manifest before the operator ever sees it."""

import re
from pathlib import Path

import pytest
import yaml

from support.kubectl import Kubectl, KubectlError
from support.resets import Resets
from support.rig import TREE

WHERE_TO = "say where to: write exactly one of to.offset, to.timestamp and to.position"
BROKERS = "name the brokers: write host:port, several separated by commas"
TOPIC = "write a topic's name: 1 to 249 letters, digits, dots, underscores and hyphens"
PARTITION = "write a partition's number (0 or more), or -1 for all partitions"
MILLISECONDS = "write milliseconds since 1970, 0 to 253402300799999"
RFC3339 = "write RFC 3339 text with a date of 1970 to 9999, a time and a zone"
NO_SUCH_DAY = "there is no such day"
NO_SUCH_TIME = "there is no such time"
CHANGED = "spec can't be changed, as a reset is done once: create another OffsetReset"

REFUSED = {
    "no destination": ({"to": {}}, f"spec.to: Invalid value: {WHERE_TO}"),
    "no to": ({"to": None}, "spec.to: Required value"),
    "two destinations": ({"to": {"offset": 1, "position": "Latest"}}, WHERE_TO),
    "three destinations": ({"to": {"offset": 1, "timestamp": 1, "position": "Latest"}}, WHERE_TO),
    "a null destination": ({"to": {"offset": None}}, WHERE_TO),
    "an unknown destination": ({"to": {"ago": "2h"}}, 'unknown field "spec.to.ago"'),
    "an unknown field": ({"dryrun": True}, 'unknown field "spec.dryrun"'),
    "a negative offset": ({"to": {"offset": -1}}, "spec.to.offset: Invalid value: -1: write an"),
    "an offset as text": ({"to": {"offset": "10"}}, "spec.to.offset in body must be of type int"),
    "an offset beyond 64 bits": ({"to": {"offset": 2**63}}, "must be of type integer"),
    "another position": ({"to": {"position": "earliest"}}, '"Earliest", "Latest"'),
    "no brokers": ({"bootstrapServers": None}, "spec.bootstrapServers: Required value"),
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
    "no topic": ({"topic": None}, "spec.topic: Required value"),
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
    "another outOfRange": ({"outOfRange": "clamp"}, '"Clamp", "Fail", "Skip"'),
    "another timestampNotFound": ({"timestampNotFound": "End"}, '"Latest", "Fail", "Skip"'),
    "another whenActive": ({"whenActive": "Force"}, '"Wait", "Fail"'),
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
ACCEPTED = {
    "offset 0": {"to": {"offset": 0}},
    "the largest offset": {"to": {"offset": 2**63 - 1}},
    "the log start": {"to": {"position": "Earliest"}},
    "the log end": {"to": {"position": "Latest"}},
    "one partition": {"to": {"offset": 10}, "partition": 0},
    "the largest partition": {"to": {"offset": 10}, "partition": 2**31 - 1},
    "brokers with blanks between": {"bootstrapServers": "a:9092, b.c_d-e:65535 ,\tf:1"},
    "IPv6 brokers": {"bootstrapServers": "[::1]:9092,[fe80::1%eth0]:9092"},
    "64 brokers": {"bootstrapServers": ",".join(["k:1"] * 64)},
    "a group of 255": {"groupId": "g" * 255},
    "a group with blanks and umlauts": {"groupId": "alle B\u00fccher, 2. Versuch"},
    "a topic of 249": {"topic": "t" * 249},
    "a topic of three dots": {"topic": "..."},
    "no wait": {"waitSeconds": 0},
    "a week": {"waitSeconds": 604800},
    "every choice": {"outOfRange": "Skip", "timestampNotFound": "Skip", "whenActive": "Fail"},
    "another destination that is null": {"to": {"offset": None, "position": "Latest"}},
}
ACCEPTED_TIMESTAMPS = [
    0,
    1571812144000,
    253402300799999,
    "1970-01-01T00:00:00Z",
    "2026-11-22T08:00:00Z",
    "2026-11-22t08:00:00.123456789z",
    "2026-11-22T08:00:00-05:30",
    "2000-02-29T00:00:00Z",
    "2024-02-29T23:59:59Z",
    "2026-06-30T23:59:60Z",
    "9999-12-31T23:59:59Z",
]
DEFAULTS = {
    "partition": -1,
    "outOfRange": "Clamp",
    "timestampNotFound": "Latest",
    "whenActive": "Wait",
    "waitSeconds": 600,
}
FULL_STATUS = {
    "observedGeneration": 1,
    "closed": True,
    "startTime": "2026-11-22T08:00:00.123Z",
    "completionTime": "2026-11-22T08:00:01.456Z",
    "waitingSince": "2026-11-22T08:00:00.200Z",
    "destination": "timestamp 2026-11-22T08:00:00.000Z",
    "resolvedTimestamp": "2026-11-22T08:00:00.000Z",
    "group": {
        "state": "Stable",
        "type": "Consumer",
        "memberCount": 1,
        "members": [{"clientId": "orders-0", "host": "/10.0.0.7", "partitions": 3}],
    },
    "summary": {
        "partitions": 2,
        "moved": 1,
        "unchanged": 1,
        "clamped": 1,
        "skipped": 0,
        "failed": 0,
        "replayRecords": 48210,
        "skipRecords": 0,
        "lagBefore": 3,
        "lagAfter": 48213,
        "requests": 1,
    },
    "partitions": [
        {
            "topic": "orders",
            "partition": 0,
            "before": 5120,
            "after": 1000,
            "start": 0,
            "end": 5123,
            "note": "SomethingNew",
        },
        {"topic": "orders", "partition": 1, "start": 40, "end": 90},
    ],
    "conditions": [
        {
            "type": "Succeeded",
            "status": "True",
            "observedGeneration": 1,
            "lastTransitionTime": "2026-11-22T08:00:01Z",
            "reason": "OffsetsReset",
            "message": "group orders is at offset 10",
        }
    ],
}


def _refusal(resets: Resets, kubectl: Kubectl, **spec: object) -> str:
    """What a user reads; fails if the manifest was accepted."""
    manifest = yaml.safe_dump(resets.manifest("wrong", **spec))
    with pytest.raises(KubectlError) as refused:
        kubectl("apply", "-f", "-", stdin=manifest)
    return str(refused.value)


def _set_status(kubectl: Kubectl, name: str, status: dict) -> None:
    patch = yaml.safe_dump({"status": status})
    kubectl("patch", "ofr", name, "--subresource=status", "--type=merge", "-p", patch)


def _names(kubectl: Kubectl, *arguments: str) -> list[str]:
    return sorted(kubectl("get", "ofr", "-o", "name", *arguments).split())


@pytest.mark.parametrize("fields, message", REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_manifest_is_refused(
    resets: Resets, kubectl: Kubectl, fields: dict, message: str
) -> None:
    assert message in _refusal(resets, kubectl, **({"to": {"offset": 1}} | fields))


@pytest.mark.parametrize("timestamp, message", REFUSED_TIMESTAMPS.items())
def test_a_wrong_timestamp_is_refused(
    resets: Resets, kubectl: Kubectl, timestamp: object, message: str
) -> None:
    assert message in _refusal(resets, kubectl, to={"timestamp": timestamp})


@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_right_manifest_is_accepted_with_defaults(resets: Resets, fields: dict) -> None:
    written = resets.manifest("right", **({"to": {"position": "Earliest"}} | fields))["spec"]
    resets.apply("right", **written)
    without_nulls = {k: v for k, v in written["to"].items() if v is not None}
    assert resets.get("right")["spec"] == DEFAULTS | written | {"to": without_nulls}


@pytest.mark.parametrize("timestamp", ACCEPTED_TIMESTAMPS)
def test_a_right_timestamp_is_kept_as_written(resets: Resets, timestamp: object) -> None:
    resets.apply("right", to={"timestamp": timestamp})
    assert resets.get("right")["spec"]["to"] == {"timestamp": timestamp}


def test_a_timestamp_without_quotes_is_the_text_that_it_looks_like(
    resets: Resets, kubectl: Kubectl
) -> None:
    manifest = yaml.safe_dump(resets.manifest("unquoted", to={"timestamp": "TIME"}))
    kubectl("apply", "-f", "-", stdin=manifest.replace("TIME", "2026-11-22T08:00:00Z"))
    assert resets.get("unquoted")["spec"]["to"] == {"timestamp": "2026-11-22T08:00:00Z"}


@pytest.mark.parametrize(
    "change",
    [
        {"to": {"offset": 11}},
        {"to": {"offset": None, "position": "Latest"}},
        {"partition": None},
        {"waitSeconds": 601},
        {"groupId": "another"},
        {"bootstrapServers": "another:9092"},
    ],
    ids=["value", "destination", "back to the default", "from the default", "group", "brokers"],
)
def test_spec_cannot_change(resets: Resets, kubectl: Kubectl, change: dict) -> None:
    resets.apply("fixed", to={"offset": 10}, partition=0)
    with pytest.raises(KubectlError, match=CHANGED):
        kubectl("patch", "ofr", "fixed", "--type=merge", "-p", yaml.safe_dump({"spec": change}))


def test_the_same_manifest_can_be_applied_again(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("again", to={"timestamp": 1571812144000})
    resets.apply("again", to={"timestamp": 1571812144000})
    resets.apply("again", to={"timestamp": 1571812144000}, **DEFAULTS)
    kubectl("label", "ofr", "again", "team=payments")
    assert resets.get("again")["metadata"]["generation"] == 1


def test_a_fresh_reset_has_a_status_that_says_not_seen_yet(resets: Resets) -> None:
    resets.apply("fresh", to={"offset": 10})
    assert resets.status("fresh") == {"observedGeneration": -1}


def test_a_status_in_the_manifest_is_ignored(resets: Resets, kubectl: Kubectl) -> None:
    kubectl.apply(resets.manifest("forged", to={"offset": 10}) | {"status": FULL_STATUS})
    assert resets.status("forged") == {"observedGeneration": -1}


def test_every_field_of_the_status_is_kept(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("full", to={"offset": 10})
    _set_status(kubectl, "full", FULL_STATUS)
    assert resets.status("full") == FULL_STATUS


def test_closed_group_and_topic_can_be_selected(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("open", to={"offset": 10}, groupId="a")
    resets.apply("begun", to={"offset": 10}, groupId="b", topic="other")
    resets.apply("done", to={"offset": 10}, groupId="b")
    _set_status(kubectl, "begun", {"observedGeneration": 1, "closed": False})
    _set_status(kubectl, "done", {"observedGeneration": 1, "closed": True})
    name = "offsetreset.offsetreset.io/{}".format
    selected = {
        "status.closed!=true": ["begun", "open"],
        "status.closed=true": ["done"],
        "spec.groupId=b": ["begun", "done"],
        "spec.topic=other": ["begun"],
        "spec.groupId=b,status.closed!=true": ["begun"],
    }
    for selector, names in selected.items():
        assert _names(kubectl, "--field-selector", selector) == [name(n) for n in names], selector


def test_kubectl_get_shows_a_reset_in_one_line(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("replay", to={"offset": 10}, groupId="orders")
    _set_status(kubectl, "replay", FULL_STATUS | {"destination": "offset 10"})
    head, line = kubectl("get", "kafka").splitlines()
    assert head.split() == ["NAME", "GROUP", "TO", "STATUS", "MOVED", "AGE"]
    assert line.split()[:-1] == ["replay", "orders", "offset", "10", "OffsetsReset", "1"]
    head, line = kubectl("get", "ofr", "-o", "wide").splitlines()
    assert head.split()[5:] == ["REPLAY", "SKIP", "COMPLETED", "AGE"]
    assert line.split()[6:8] == ["48210", "0"]


def test_kubectl_wait_ends_when_the_reset_succeeds(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("replay", to={"offset": 10})
    with pytest.raises(KubectlError, match="condition not met"):
        kubectl("wait", "--for=condition=Succeeded", "--timeout=0s", "ofr/replay")
    _set_status(kubectl, "replay", FULL_STATUS)
    kubectl("wait", "--for=condition=Succeeded", "--timeout=10s", "ofr/replay")


def test_kubectl_explain_helps(kubectl: Kubectl) -> None:
    assert "exactly one of offset, timestamp and position" in kubectl("explain", "ofr.spec.to")
    assert "milliseconds" in kubectl("explain", "ofr.spec.to.timestamp")
    assert "docs/reasons.md" in kubectl("explain", "ofr.status.conditions.reason")


def test_every_field_is_explained() -> None:
    def undescribed(path: str, schema: dict) -> list[str]:
        nested = {f"{path}.{k}": v for k, v in schema.get("properties", {}).items()}
        nested |= {f"{path}[]": schema["items"]} if "items" in schema else {}
        found = [] if schema.get("description") else [path]
        return found + [x for p, s in nested.items() for x in undescribed(p, s)]

    definition = yaml.safe_load((TREE / "crds/offsetreset.io_offsetresets.yaml").read_text())
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    missing = [x for k in ("spec", "status") for x in undescribed(k, schema["properties"][k])]
    assert missing == []


def test_the_definition_is_sound(kubectl: Kubectl) -> None:
    definition = kubectl.json("get", "crd", "offsetresets.offsetreset.io")
    conditions = {c["type"]: c["status"] for c in definition["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    # kubectl apply keeps a copy of it in an annotation, and those end at 256 KiB.
    assert (TREE / "crds/offsetreset.io_offsetresets.yaml").stat().st_size < 256 * 1024


def _documented_manifests() -> list[tuple[str, dict]]:
    texts: list[tuple[Path, str]] = []
    for page in [TREE / "README.md", *sorted((TREE / "docs").rglob("*.md"))]:
        if page.exists():
            blocks = re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
            texts += [(page, block) for block in blocks]
    texts += [(page, page.read_text()) for page in sorted(TREE.glob("docs/examples/*.yaml"))]
    return [
        (str(page.relative_to(TREE)), manifest)
        for page, text in texts
        for manifest in yaml.safe_load_all(text)
        if isinstance(manifest, dict) and manifest.get("kind") == "OffsetReset"
    ]


def test_the_manifests_in_the_documentation_are_accepted(kubectl: Kubectl, namespace: str) -> None:
    manifests = _documented_manifests()
    assert manifests
    for page, manifest in manifests:
        manifest["metadata"]["namespace"] = namespace
        try:
            kubectl("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(manifest))
        except KubectlError as error:
            pytest.fail(f"{page}: {error}\n{yaml.safe_dump(manifest)}")
