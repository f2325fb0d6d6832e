"""The resource definitions: what they keep, select, show and explain."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.kubectl import Kubectl, KubectlError
from support.resets import Resets
from support.rig import TREE

DEFINITIONS = {
    kind: TREE / f"crds/offsetreset.io_{kind.lower()}s.yaml"
    for kind in ("OffsetReset", "KafkaConnection", "ClusterKafkaConnection")
}
every_kind = pytest.mark.parametrize("kind", DEFINITIONS)
connections = pytest.mark.parametrize("kind", ["KafkaConnection", "ClusterKafkaConnection"])
FULL_STATUS = {
    "observedGeneration": 1,
    "closed": True,
    "startTime": "2026-11-22T08:00:00.123Z",
    "completionTime": "2026-11-22T08:00:01.456Z",
    "waitingSince": "2026-11-22T08:00:00.200Z",
    "destination": "ago 2h",
    "agoFrom": "2026-11-22T10:00:00.000Z",
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
        {"topic": "orders", "partition": 1, "start": 40, "end": 90, "after": 40},
        {"topic": "orders", "partition": 2, "before": 3, "start": 0, "end": 5},
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
FULL_CONNECTION_STATUS = {
    "observedGeneration": 1,
    "clusterId": "5L6g3nShT-eMCtK--X86sw",
    "brokers": 3,
    "auth": "SCRAM-SHA-512 over TLS",
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "observedGeneration": 1,
            "lastTransitionTime": "2026-11-22T08:00:01Z",
            "reason": "Connected",
            "message": "the cluster has 3 brokers",
        }
    ],
}


def _set_status(kubectl: Kubectl, name: str, status: dict, kind: str = "ofr") -> None:
    patch = yaml.safe_dump({"status": status})
    kubectl("patch", kind, name, "--subresource=status", "--type=merge", "-p", patch)


def _apply_connection(kubectl: Kubectl, kind: str) -> str:
    """Its name, which is the test's own as the one kind is in no namespace."""
    name = kubectl.namespace
    manifest = {"apiVersion": "offsetreset.io/v1alpha1", "kind": kind, "metadata": {"name": name}}
    kubectl.apply(manifest | {"spec": {"bootstrapServers": ["kafka:9092"]}})
    return name


def _names(kubectl: Kubectl, *arguments: str) -> list[str]:
    return sorted(kubectl("get", "ofr", "-o", "name", *arguments).split())


def test_a_fresh_reset_has_a_status_that_says_not_seen_yet(resets: Resets) -> None:
    resets.apply("fresh", to={"offset": 10})
    assert resets.status("fresh") == {"observedGeneration": -1}


def test_every_field_of_the_status_is_kept(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("full", to={"offset": 10})
    _set_status(kubectl, "full", FULL_STATUS)
    assert resets.status("full") == FULL_STATUS


@connections
def test_a_fresh_connection_has_a_status_that_says_not_seen_yet(
    kubectl: Kubectl, kind: str
) -> None:
    name = _apply_connection(kubectl, kind)
    assert kubectl.json("get", kind, name)["status"] == {"observedGeneration": -1}


@connections
def test_every_field_of_a_connections_status_is_kept(kubectl: Kubectl, kind: str) -> None:
    name = _apply_connection(kubectl, kind)
    _set_status(kubectl, name, FULL_CONNECTION_STATUS, kind)
    assert kubectl.json("get", kind, name)["status"] == FULL_CONNECTION_STATUS


def test_closed_group_and_topic_can_be_selected(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("open", to={"offset": 10}, groupId="a")
    resets.apply("begun", to={"offset": 10}, groupId="b", topic="other")
    resets.apply("done", to={"offset": 10}, groupId="b", topic=None, allTopics=True)
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
    head, line = kubectl("get", "ofr").splitlines()
    assert head.split() == ["NAME", "GROUP", "TO", "STATUS", "MOVED", "AGE"]
    assert line.split()[:-1] == ["replay", "orders", "offset", "10", "OffsetsReset", "1"]
    head, line = kubectl("get", "ofr", "-o", "wide").splitlines()
    assert head.split()[5:] == ["REPLAY", "SKIP", "COMPLETED", "AGE"]
    assert line.split()[6:8] == ["48210", "0"]


@pytest.mark.parametrize(
    "short, kind", [("kconn", "KafkaConnection"), ("ckconn", "ClusterKafkaConnection")]
)
def test_kubectl_get_shows_a_connection_in_one_line(
    kubectl: Kubectl, short: str, kind: str
) -> None:
    name = _apply_connection(kubectl, kind)
    _set_status(kubectl, name, FULL_CONNECTION_STATUS, short)
    head, line = kubectl("get", short, name).splitlines()
    assert head.split() == ["NAME", "READY", "BROKERS", "AUTH", "AGE"]
    assert line.split()[:-1] == [name, "True", "3", "SCRAM-SHA-512", "over", "TLS"]
    head, line = kubectl("get", short, name, "-o", "wide").splitlines()
    assert head.split() == ["NAME", "READY", "REASON", "BROKERS", "AUTH", "CLUSTER-ID", "AGE"]
    assert line.split()[2] == "Connected"
    assert line.split()[-2] == "5L6g3nShT-eMCtK--X86sw"


def test_kubectl_get_kafka_shows_what_is_in_a_namespace(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("replay", to={"offset": 10})
    name = _apply_connection(kubectl, "KafkaConnection")
    found = kubectl("get", "kafka", "-o", "name").split()
    assert "offsetreset.offsetreset.io/replay" in found
    assert f"kafkaconnection.offsetreset.io/{name}" in found


def test_kubectl_wait_ends_when_the_reset_succeeds(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("replay", to={"offset": 10})
    with pytest.raises(KubectlError, match="condition not met"):
        kubectl("wait", "--for=condition=Succeeded", "--timeout=0s", "ofr/replay")
    _set_status(kubectl, "replay", FULL_STATUS)
    kubectl("wait", "--for=condition=Succeeded", "--timeout=10s", "ofr/replay")


def test_kubectl_explain_helps(kubectl: Kubectl) -> None:
    assert "exactly one of offset, timestamp, ago" in kubectl("explain", "ofr.spec.to")
    assert "milliseconds" in kubectl("explain", "ofr.spec.to.timestamp")
    assert "each of them once" in kubectl("explain", "ofr.spec.topics")
    assert "docs/reasons.md" in kubectl("explain", "ofr.status.conditions.reason")
    assert "public authorities" in kubectl("explain", "kconn.spec.tls")
    assert "One that admits is enough" in kubectl("explain", "ckconn.spec.access")


def _fields(path: str, schema: dict) -> Iterator[tuple[str, dict]]:
    """The field and all that are in it, with their schemas."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _fields(f"{path}.{name}", inner)
    if "items" in schema:
        yield from _fields(f"{path}[]", schema["items"])
    if "additionalProperties" in schema:
        yield from _fields(f"{path}{{}}", schema["additionalProperties"])


def _all_fields(kind: str = "OffsetReset") -> list[tuple[str, dict]]:
    definition = yaml.safe_load(DEFINITIONS[kind].read_text())
    properties = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    return [field for name in ("spec", "status") for field in _fields(name, properties[name])]


def _is_bounded(schema: dict) -> bool:
    if schema.get("type") == "array":
        return "maxItems" in schema
    if schema.get("type") == "string":
        return "maxLength" in schema or "enum" in schema or schema.get("format") == "date-time"
    return "additionalProperties" not in schema or "maxProperties" in schema


@every_kind
def test_every_field_is_explained(kind: str) -> None:
    assert [path for path, schema in _all_fields(kind) if not schema.get("description")] == []


@every_kind
def test_every_text_every_list_and_every_map_is_bounded(kind: str) -> None:
    assert [path for path, schema in _all_fields(kind) if not _is_bounded(schema)] == []


def test_the_two_kinds_of_connections_differ_by_access_and_by_the_place_of_secrets() -> None:
    of_one, of_other = (
        dict(_all_fields("KafkaConnection")),
        dict(_all_fields("ClusterKafkaConnection")),
    )
    del of_other["spec"]["properties"]["access"]
    of_other = {p: schema for p, schema in of_other.items() if not p.startswith("spec.access")}
    text = json.dumps(of_other).replace("the operator's namespace", "the same namespace")
    assert json.loads(text) == of_one


def test_the_properties_of_a_connection_are_those_that_the_operator_sets() -> None:
    header = (TREE / "operator/core/connection_properties.h").read_text()
    allowed = re.findall(r'^    "([a-z.]+)",$', header, re.MULTILINE)
    assert len(allowed) == 11
    for kind in ("KafkaConnection", "ClusterKafkaConnection"):
        schema = dict(_all_fields(kind))["spec.properties"]
        (rule,) = schema["x-kubernetes-validations"]
        assert re.findall(r"'([a-z.]+)'", rule["rule"]) == allowed
        assert all(name in rule["message"] and name in schema["description"] for name in allowed)


def test_a_topic_has_the_destinations_of_the_spec_but_for_those_that_name_topics() -> None:
    fields = dict(_all_fields())
    of_spec = fields["spec.to"]["properties"].keys()
    of_topic = fields["spec.topics[].to"]["properties"].keys()
    assert of_spec - of_topic == {"undo", "undoMoved", "csvFrom"}
    assert not of_topic - of_spec


@every_kind
def test_the_definition_is_sound(kubectl: Kubectl, kind: str) -> None:
    definition = kubectl.json("get", "crd", f"{kind.lower()}s.offsetreset.io")
    conditions = {c["type"]: c["status"] for c in definition["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    # kubectl apply keeps a copy of it in an annotation, and those end at 256 KiB.
    assert DEFINITIONS[kind].stat().st_size < 256 * 1024


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
        if isinstance(manifest, dict) and manifest.get("kind") in DEFINITIONS
    ]


def test_the_manifests_in_the_documentation_are_accepted(kubectl: Kubectl, namespace: str) -> None:
    manifests = _documented_manifests()
    assert manifests
    for page, manifest in manifests:
        if manifest["kind"] != "ClusterKafkaConnection":
            manifest["metadata"]["namespace"] = namespace
        try:
            kubectl("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(manifest))
        except KubectlError as error:
            pytest.fail(f"{page}: {error}\n{yaml.safe_dump(manifest)}")
