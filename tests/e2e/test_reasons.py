"""docs/reasons.md: the example of a reason is what a reset says that is there for that reason.

Left out are those that take thousands of partitions, a listener with passwords or a defect, and
those that are never in a status. tests/lint/test_reasons.py tells which tests expect them.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.consumer import Consumer
from support.eventually import eventually
from support.java_member import JavaMember
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.page import Page
from support.resets import Resets, condition
from support.rig import TREE, Rig

Hold = Callable[[str], OperatorProcess]
SECTIONS = Page(TREE / "docs" / "reasons.md").sections()
TOPIC = "shipments"  # of the page
BEFORE = {0: 90, 1: 40}


def _reset(group: str, **fields: object) -> dict:
    return {"groupId": group, "topic": TOPIC, "to": {"offset": 5}} | fields


CSV = {"csvFrom": {"configMapKeyRef": {"name": "positions", "key": "shipments.csv"}}}
LATER = "2035-01-14T02:00:00Z"
# Those that could be in each other's way are of different groups.
RESETS = {
    "OffsetsReset": _reset("shipping"),
    "NothingToReset": _reset("shipping-0", to={"offset": 90}, partition=0),
    "DryRunSucceeded": _reset("shipping-0", dryRun=True),
    "GroupActive": _reset("shipping-eu"),
    "Settling": _reset("shipping-1", guards={"settleSeconds": 30}),
    "Queued": _reset("shipping-eu"),
    "NotYet": _reset("shipping-0", notBefore=LATER),
    "Suspended": _reset("shipping-0", suspend=True),
    "InvalidSpec": _reset("shipping-2", topic=None, to={"undo": "replay-shipments"}),
    "TopicNotFound": _reset("shipping-2", topic="shipmnets"),
    "PartitionNotFound": _reset("shipping-2", partition=2),
    "OffsetOutOfRange": _reset("shipping-2", to={"offset": 5000}, outOfRange="Fail"),
    "TimestampNotFound": _reset("shipping-2", to={"timestamp": LATER}, timestampNotFound="Fail"),
    "CommitMissing": _reset("shipping-new", to={"shiftBy": -10}),
    "GuardExceeded": _reset("shipping-2", guards={"maxReplayRecords": 100}),
    "GroupTypeUnsupported": _reset("shipping-totals"),
    "ConfigMapNotFound": _reset("shipping-3", topic=None, to=CSV),
    "GroupStillActive": _reset("shipping-us", whenActive="Fail"),
    "OffsetsMoved": _reset("shipping-moved", topic=None, to={"undo": "moved"}),
    "Expired": _reset("shipping-4", notAfter="2025-06-01T12:00:00Z"),
    "KafkaUnavailable": _reset("shipping-5", bootstrapServers="127.0.0.1:1"),
}
HELD = {"Planned": _reset("shipping-6"), "VerificationFailed": _reset("shipping-7")}
NAMES = {"GroupActive": "replay-shipments", "Queued": "replay-shipments-again"}


def _name(of: str) -> str:
    return NAMES.get(of, of.lower())


def _same_everywhere(message: str, namespace: str) -> str:
    """Without what is another thing in each run."""
    message = message.replace(namespace, "payments")
    message = re.sub(r"\d+(\.\d+){3}", "ADDRESS", message)
    return re.sub(r"ADDRESS:\d+", "BROKER", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", message))


def _example(section: Page) -> str:
    """The quoted text, without its line breaks."""
    (text,) = re.findall(
        r"^\*\*Example:\*\* (.*?)\n(?:\n|\Z)", section.text, re.DOTALL | re.MULTILINE
    )
    return " ".join(text.split())


@pytest.fixture
def topic(kafka: Kafka) -> str:
    if TOPIC in kafka.topics():  # of an earlier run
        kafka.delete_topic(TOPIC)
        eventually(f"{TOPIC} deleted", lambda: TOPIC not in kafka.topics())
    kafka.create_topic(TOPIC, len(BEFORE))
    for partition in BEFORE:
        kafka.produce(TOPIC, 100, partition)
    return TOPIC


@pytest.fixture
def commits(kafka: Kafka, topic: str) -> None:
    groups = {fields["groupId"] for fields in [*RESETS.values(), *HELD.values()]}
    for group in groups:  # members of an earlier run that did not leave
        kafka.wait_empty(group, 60)
    for group in groups - {"shipping-new", "shipping-totals"}:
        kafka.commit(group, topic, BEFORE)


@pytest.fixture
def members(
    rig: Rig, topic: str, commits: None, tmp_path: Path, consume: Callable[..., Consumer]
) -> Iterator[None]:
    """Of two groups of consumers and a Kafka Streams application."""
    application = JavaMember(rig, "classic", "shipping-totals", topic, tmp_path)
    for group in ("shipping-eu", "shipping-us"):
        consumer = consume(of_group=group, client_id=f"{group}-0")
        consumer.wait_assigned()
    yield
    application.kill()


def _say(resets: Resets, of: str) -> str:
    return condition(resets.wait_reason(_name(of), of), "Succeeded")["message"]


def _say_when_held(hold: Hold, resets: Resets, kafka: Kafka) -> dict[str, str]:
    """What comes and goes within a pass."""
    first = hold("after CommitPlan")
    resets.apply("verificationfailed", **HELD["VerificationFailed"])
    first.wait_held()
    kafka.commit("shipping-7", TOPIC, {1: 41})
    first.go_on()
    failed = _say(resets, "VerificationFailed")
    first.stop()
    second = hold("after SavePlan")
    resets.apply("planned", **HELD["Planned"])
    second.wait_held()
    planned = _say(resets, "Planned")
    second.kill()
    return {"VerificationFailed": failed, "Planned": planned}


def test_the_examples_of_the_page_are_what_resets_say(
    members: None,
    hold: Hold,
    make_operator: Callable[..., OperatorProcess],
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    namespace: str,
) -> None:
    said = _say_when_held(hold, resets, kafka)
    make_operator().start()
    resets.apply("moved", **_reset("shipping-moved"))
    resets.wait_closed("moved")
    kafka.commit("shipping-moved", TOPIC, {1: 6})
    resets.apply(_name("GroupActive"), **RESETS["GroupActive"])
    resets.wait_reason(_name("GroupActive"), "GroupActive")  # InvalidSpec's example says so
    kubectl.apply(*[resets.manifest(_name(of), **fields) for of, fields in RESETS.items()])
    said |= {of: _say(resets, of) for of in RESETS}
    found = {of: _same_everywhere(message, namespace) for of, message in said.items()}
    examples = {of: _same_everywhere(_example(SECTIONS[of]), namespace) for of in said}
    assert found == examples
