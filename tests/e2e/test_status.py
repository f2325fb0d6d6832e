"""What a reset tells, writes and leaves alone, and that it is done once."""

import pytest

from support import timed_topic
from support.audit import Audit
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, condition, reason
from support.timed_topic import BEFORE, INSTANT, PARTITIONS, row


@pytest.fixture(autouse=True)
def commits(kafka: Kafka, group: str, topic: str) -> None:
    timed_topic.create_and_read(kafka, topic, group)


def test_a_reset_takes_two_status_writes_and_an_event_and_nothing_else(
    operator: OperatorProcess, resets: Resets, audit: Audit, namespace: str
) -> None:
    resets.apply("replay", to={"offset": 10})
    resets.wait_closed("replay")
    assert operator.stop() == 0  # tells what it has not told yet
    writes = [r for r in audit.of_operator(namespace) if r.is_write]
    assert sorted((w.resource, w.verb, w.code) for w in writes) == [
        ("events", "create", 201),
        ("offsetresets/status", "update", 200),
        ("offsetresets/status", "update", 200),
    ]


def test_the_status_tells_the_whole_story(
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
    assert status["partitions"] == [row(topic, p, 10, before=10) for p in range(PARTITIONS)]
    assert offsets_log.commits(group, topic) == {p: [BEFORE[p], 10] for p in range(PARTITIONS)}
    assert len(audit.status_writes(namespace)) == 1


def test_applying_the_same_manifest_again_does_nothing(
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
    assert {r.name for r in audit.status_writes(namespace)} == {"sentinel"}
    assert resets.status("replay") == before
    assert kafka.committed(group, topic) == {0: 13, 1: 10, 2: 10}


def test_a_reset_that_was_deleted_and_applied_anew_runs_anew(
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    resets.apply("replay", to={"offset": 10})
    resets.wait_closed("replay")
    kafka.commit(group, topic, {0: 13})
    resets.delete("replay")
    resets.apply("replay", to={"offset": 10})
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 10, 1: 10, 2: 10}
    outcome(
        "F17", "created again by a GitOps tool", "after Finish", "OffsetsReset: it runs again, once"
    )


def test_kubectl_waits_for_a_reset_and_shows_it_in_one_line(
    operator: OperatorProcess, resets: Resets, kubectl: Kubectl, group: str
) -> None:
    resets.apply("replay", to={"offset": 10})
    kubectl("wait", "--for=condition=Succeeded", "--timeout=30s", "ofr/replay")
    head, line = kubectl("get", "ofr").splitlines()
    assert head.split() == ["NAME", "GROUP", "TO", "STATUS", "MOVED", "AGE"]
    assert line.split()[:-1] == ["replay", group, "offset", "10", "OffsetsReset", "3"]
    wide = kubectl("get", "ofr", "-o", "wide").splitlines()[1]
    assert wide.split()[6:8] == ["18", "0"]
    assert kubectl("get", "ofr", "--field-selector", "status.closed!=true", "-o", "name") == ""
