"""What of a manifest can change once it has been applied."""

import pytest
import yaml

from support.kubectl import Kubectl, KubectlError
from support.resets import Resets
from support.rig import TREE

CHANGED = "spec can't be changed, as a reset is done once: create another OffsetReset, with another"
ONE_WAY = (
    "dryRun can change from true to false only: for another dry run create another OffsetReset"
)
OVER = "this reset is over, so nothing about it can be changed: create another OffsetReset"

# One that has every field that is not of another scope.
FULL = {
    "partition": 0,
    "to": {"offset": 10},
    "outOfRange": "Fail",
    "timestampNotFound": "Fail",
    "missingCommit": "Skip",
    "isolation": "ReadCommitted",
    "whenActive": "Fail",
    "waitSeconds": 60,
    "notBefore": "2026-11-22T08:00:00Z",
    "notAfter": "2026-11-23T08:00:00Z",
    "guards": {"maxReplayRecords": 1, "maxSkipRecords": 1, "settleSeconds": 1},
    "ttlSecondsAfterFinished": 60,
}
# {} is one that has only what it must have.
CHANGES = {
    "a destination's value": (FULL, {"to": {"offset": 11}}),
    "the destination": (FULL, {"to": {"offset": None, "position": "Latest"}}),
    "undoMoved": ({"topic": None, "to": {"undo": "a"}}, {"to": {"undoMoved": True}}),
    "an offset of one partition": (
        {"to": {"offsets": [{"partition": 0, "offset": 1}]}},
        {"to": {"offsets": [{"partition": 0, "offset": 2}]}},
    ),
    "the key of a CSV": (
        {"topic": None, "to": {"csvFrom": {"configMapKeyRef": {"name": "a", "key": "a"}}}},
        {"to": {"csvFrom": {"configMapKeyRef": {"key": "b"}}}},
    ),
    "the brokers": (FULL, {"bootstrapServers": "another:9092"}),
    "brokers to a connection": (FULL, {"bootstrapServers": None, "connectionRef": {"name": "a"}}),
    "a connection to brokers": (
        FULL | {"bootstrapServers": None, "connectionRef": {"name": "a"}},
        {"bootstrapServers": "kafka:9092", "connectionRef": None},
    ),
    "the connection": (
        FULL | {"bootstrapServers": None, "connectionRef": {"name": "a"}},
        {"connectionRef": {"name": "b"}},
    ),
    "the connection's kind": (
        FULL | {"bootstrapServers": None, "connectionRef": {"name": "a"}},
        {"connectionRef": {"kind": "ClusterKafkaConnection"}},
    ),
    "the group": (FULL, {"groupId": "another"}),
    "the topic": (FULL, {"topic": "another"}),
    "the scope": ({}, {"topic": None, "allTopics": True}),
    "allTopics: false that was not there": ({}, {"allTopics": False}),
    "allTopics: false that is left out": ({"allTopics": False}, {"allTopics": None}),
    "topic to topics": ({}, {"topic": None, "topics": [{"name": "a"}]}),
    "one more topic": (
        {"topic": None, "topics": [{"name": "a"}]},
        {"topics": [{"name": "a"}, {"name": "b"}]},
    ),
    "the order of topics": (
        {"topic": None, "topics": [{"name": "a"}, {"name": "b"}]},
        {"topics": [{"name": "b"}, {"name": "a"}]},
    ),
    "a topic's partitions": (
        {"topic": None, "topics": [{"name": "a"}]},
        {"topics": [{"name": "a", "partitions": [1]}]},
    ),
    "a topic's destination": (
        {"topic": None, "topics": [{"name": "a", "to": {"shiftBy": 1}}]},
        {"topics": [{"name": "a", "to": {"shiftBy": 2}}]},
    ),
    "to, where each topic has its own": (
        {"topic": None, "topics": [{"name": "a", "to": {"shiftBy": 1}}], "to": None},
        {"to": {"shiftBy": 2}},
    ),
    "one that is left out back to its default": (FULL, {"partition": None}),
    "a policy": (FULL, {"outOfRange": "Clamp"}),
    "another policy": (FULL, {"timestampNotFound": "Latest"}),
    "a policy without default": (FULL, {"missingCommit": "Set"}),
    "a policy that was not there": ({}, {"missingCommit": "Set"}),
    "a policy that is left out": (FULL, {"missingCommit": None}),
    "isolation": (FULL, {"isolation": "ReadUncommitted"}),
    "whenActive": (FULL, {"whenActive": "Wait"}),
    "waitSeconds": (FULL, {"waitSeconds": 61}),
    "notBefore": (FULL, {"notBefore": "2026-11-22T09:00:00Z"}),
    "notBefore to the same in another zone": (FULL, {"notBefore": "2026-11-22T09:00:00+01:00"}),
    "notBefore that was not there": ({}, {"notBefore": "2026-11-22T08:00:00Z"}),
    "notBefore that is left out": (FULL, {"notBefore": None}),
    "notAfter": (FULL, {"notAfter": "2026-11-23T09:00:00Z"}),
    "notAfter that was not there": ({}, {"notAfter": "2026-11-22T08:00:00Z"}),
    "notAfter that is left out": (FULL, {"notAfter": None}),
    "ttlSecondsAfterFinished": (FULL, {"ttlSecondsAfterFinished": 61}),
    "ttlSecondsAfterFinished that was not there": ({}, {"ttlSecondsAfterFinished": 60}),
    "ttlSecondsAfterFinished that is left out": (FULL, {"ttlSecondsAfterFinished": None}),
    "a guard": (FULL, {"guards": {"maxReplayRecords": 2}}),
    "a guard that is left out": (FULL, {"guards": {"settleSeconds": None}}),
    "guards that were not there": ({}, {"guards": {"settleSeconds": 1}}),
    "guards that are left out": (FULL, {"guards": None}),
}


def _change(kubectl: Kubectl, name: str, **spec: object) -> None:
    kubectl("patch", "ofr", name, "--type=merge", "-p", yaml.safe_dump({"spec": spec}))


def _close(kubectl: Kubectl, name: str) -> None:
    status = yaml.safe_dump({"status": {"observedGeneration": 1, "closed": True}})
    kubectl("patch", "ofr", name, "--subresource=status", "--type=merge", "-p", status)


@pytest.mark.parametrize("fields, change", CHANGES.values(), ids=CHANGES.keys())
def test_spec_can_not_change(resets: Resets, kubectl: Kubectl, fields: dict, change: dict) -> None:
    resets.apply("fixed", **({"to": {"position": "Earliest"}} | fields))
    with pytest.raises(KubectlError, match=CHANGED):
        _change(kubectl, "fixed", **change)


def test_the_rule_against_changes_knows_every_field() -> None:
    definition = yaml.safe_load((TREE / "crds/offsetreset.io_offsetresets.yaml").read_text())
    spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    (rule,) = [
        entry["rule"]
        for entry in spec["x-kubernetes-validations"]
        if entry["message"].startswith(CHANGED)
    ]
    for name in spec["properties"].keys() - {"suspend", "dryRun"}:
        assert f"self.{name} == oldSelf.{name}" in rule, name
        if name not in spec["required"]:
            assert rule.count(f"has(oldSelf.{name})") == 1, name


def test_the_same_manifest_can_be_applied_again(resets: Resets, kubectl: Kubectl) -> None:
    defaults = {"partition": -1, "isolation": "ReadUncommitted", "dryRun": False, "suspend": False}
    for fields in ({}, {}, defaults):
        resets.apply("again", to={"timestamp": 1571812144000}, **fields)
    kubectl("label", "ofr", "again", "team=payments")
    assert resets.get("again")["metadata"]["generation"] == 1


def test_a_dry_run_can_be_approved_and_nothing_becomes_a_dry_run(
    resets: Resets, kubectl: Kubectl
) -> None:
    resets.apply("plan", to={"offset": 10}, dryRun=True)
    _change(kubectl, "plan", dryRun=False)
    assert resets.get("plan")["spec"]["dryRun"] is False
    with pytest.raises(KubectlError, match=ONE_WAY):
        _change(kubectl, "plan", dryRun=True)


def test_a_dry_run_whose_field_is_removed_is_approved(resets: Resets) -> None:
    resets.apply("plan", to={"offset": 10}, dryRun=True)
    resets.apply("plan", to={"offset": 10})
    assert resets.get("plan")["spec"]["dryRun"] is False


def test_a_reset_can_be_suspended_and_resumed_until_it_is_over(
    resets: Resets, kubectl: Kubectl
) -> None:
    resets.apply("rest", to={"offset": 10}, suspend=True)
    for suspend in (False, True, None):
        _change(kubectl, "rest", suspend=suspend)
        assert resets.get("rest")["spec"]["suspend"] is bool(suspend)
    _close(kubectl, "rest")
    with pytest.raises(KubectlError, match=OVER):
        _change(kubectl, "rest", suspend=True)


def test_a_dry_run_that_is_over_can_not_be_approved(resets: Resets, kubectl: Kubectl) -> None:
    resets.apply("plan", to={"offset": 10}, dryRun=True)
    _close(kubectl, "plan")
    with pytest.raises(KubectlError, match=OVER):
        _change(kubectl, "plan", dryRun=False)
    kubectl("label", "ofr", "plan", "team=payments")
    kubectl("delete", "ofr", "plan")
