"""ttlSecondsAfterFinished: the operator deletes what it has finished."""

import time
from collections.abc import Callable

import pytest

from support.events import Events
from support.kafka import Kafka
from support.kubectl import Kubectl, KubectlError
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets
from support.scene import keep_going

RECORDS = 20


@pytest.fixture(autouse=True)
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


def test_a_reset_is_deleted_when_its_time_is_over_and_not_before(
    operator: OperatorProcess, resets: Resets, kafka: Kafka, group: str, topic: str
) -> None:
    resets.apply("brief", to={"offset": 5}, ttlSecondsAfterFinished=3)
    status = resets.wait_reason("brief", "OffsetsReset")
    began = time.monotonic()
    assert not status.get("closed"), "nobody would look at it any more"
    resets.wait_gone("brief")
    # completionTime has no fraction of a second.
    assert 1.5 < time.monotonic() - began < 8
    assert kafka.committed(group, topic) == {0: 5}


def test_one_that_failed_is_deleted_too(operator: OperatorProcess, resets: Resets) -> None:
    refused = {"to": {"offset": RECORDS + 1}, "outOfRange": "Fail"}
    resets.apply("brief", **refused, ttlSecondsAfterFinished=2)
    resets.wait_reason("brief", "OffsetOutOfRange")
    resets.wait_gone("brief")


def test_an_operator_that_was_restarted_deletes_it(
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    resets.apply("brief", to={"offset": 5}, ttlSecondsAfterFinished=4)
    resets.apply("lasting", to={"offset": 6})
    resets.wait_reason("brief", "OffsetsReset")
    resets.wait_closed("lasting")
    operator.restart()
    assert "brief" in [reset["metadata"]["name"] for reset in resets.all()]
    resets.wait_gone("brief")
    assert kafka.committed(group, topic) == {0: 6}, "a finished one ran again"
    assert resets.status("lasting")["closed"]
    outcome(
        "F1", "killed, and started again", "before DeleteReset", "deleted in time, committed once"
    )


def test_another_reset_that_has_its_name_meanwhile_stays(
    hold: Callable[..., OperatorProcess], resets: Resets, outcome: Outcome
) -> None:
    operator = hold("before DeleteReset")
    resets.apply("brief", to={"offset": 5}, ttlSecondsAfterFinished=0)
    operator.wait_held()
    resets.delete("brief")
    resets.apply("brief", to={"offset": 6})
    uid = resets.get("brief")["metadata"]["uid"]
    keep_going(operator)  # its watch may not have told of the other one yet: then it is held again
    resets.wait_closed("brief")
    assert resets.get("brief")["metadata"]["uid"] == uid
    outcome(
        "F11",
        "deleted, and created again under its name",
        "before DeleteReset",
        "the new one stays",
    )


def test_a_reset_that_a_gitops_tool_applies_is_warned_of(
    operator: OperatorProcess, resets: Resets, kubectl: Kubectl
) -> None:
    manifest = resets.manifest("synced", to={"offset": 5}, ttlSecondsAfterFinished=3600)
    manifest["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "app:synced"}
    kubectl.apply(manifest)
    events = Events(kubectl).wait("OffsetReset", "synced", "OffsetsReset", "WillBeAppliedAgain")
    assert [event.type for event in events] == ["Normal", "Warning"]
    assert "Argo CD" in events[1].note


def test_what_is_finished_can_not_be_changed_until_it_is_deleted(
    operator: OperatorProcess, resets: Resets
) -> None:
    resets.apply("brief", to={"offset": 5}, ttlSecondsAfterFinished=3600)
    resets.wait_reason("brief", "OffsetsReset")
    with pytest.raises(KubectlError, match="this reset is over"):
        resets.patch("brief", suspend=True)


def test_an_approved_dry_run_is_deleted_and_not_the_plan_that_waits(
    operator: OperatorProcess, resets: Resets
) -> None:
    resets.apply("plan", to={"offset": 5}, dryRun=True, ttlSecondsAfterFinished=0)
    resets.wait_reason("plan", "DryRunSucceeded")
    resets.apply("sentinel", to={"position": "Current"})
    resets.wait_closed("sentinel")
    resets.patch("plan", dryRun=False)
    resets.wait_gone("plan")
