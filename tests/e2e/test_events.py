"""What is told of a reset as Kubernetes events."""

import socket

import pytest

from support.events import Events
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.resets import Resets, condition

RECORDS = 20


@pytest.fixture(autouse=True)
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


@pytest.fixture
def events(kubectl: Kubectl) -> Events:
    return Events(kubectl)


def test_a_straight_reset_is_one_event_that_says_what_its_status_says(
    operator: OperatorProcess, resets: Resets, events: Events, kubectl: Kubectl
) -> None:
    resets.apply("replay", to={"offset": 5})
    status = resets.wait_closed("replay")
    (event,) = events.wait("OffsetReset", "replay", "OffsetsReset")
    assert event.type == "Normal"
    assert event.note == condition(status, "Succeeded")["message"]
    assert event.reporter == "offsetreset.io/offset-reset-operator"
    (raw,) = kubectl.json("get", "events.events.k8s.io")["items"]
    assert raw["reportingInstance"] == socket.gethostname()
    assert raw["regarding"]["uid"] == resets.get("replay")["metadata"]["uid"]
    assert event.note in kubectl("describe", "ofr", "replay")


def test_what_somebody_must_look_at_is_a_warning(
    operator: OperatorProcess, resets: Resets, events: Events
) -> None:
    resets.apply("replay", to={"offset": RECORDS + 1}, outOfRange="Fail")
    (event,) = events.wait("OffsetReset", "replay", "OffsetOutOfRange")
    assert event.type == "Warning"


def test_what_is_told_again_is_counted(
    operator: OperatorProcess, resets: Resets, events: Events
) -> None:
    resets.apply("paused", to={"offset": 1}, suspend=True, notBefore="2100-01-01T00:00:00Z")
    for seen in ("Suspended", "NotYet", "Suspended"):
        resets.wait_reason("paused", seen)
        resets.patch("paused", suspend=seen == "NotYet")

    def counted() -> bool:
        suspended = [e for e in events.of("OffsetReset", "paused") if e.reason == "Suspended"]
        return [event.count for event in suspended] == [2]

    eventually("the second one counted", counted)
