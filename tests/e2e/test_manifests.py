"""docs/manifests.md: each manifest, applied as it is printed, does what the page says.

Only the brokers' address is another one. So topics and groups are those of the page, and the tests
of this module run one after the other.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.consumer import Consumer
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.page import Page
from support.resets import Resets
from support.rig import TREE, Rig

SECTIONS = Page(TREE / "docs" / "manifests.md").sections()
BROKERS = "kafka:9092"  # of the page
GROUP, CANARY = "orders-consumer", "orders-canary"
SEVEN = 1748761200000  # of the 1st of June 2025
MINUTE, HOUR = 60_000, 3_600_000
TOPICS = {"orders": 3, "payments": 2, "clicks": 1}

Offsets = dict[tuple[str, int], int]


def _orders(*offsets: int) -> Offsets:
    return {("orders", p): offset for p, offset in enumerate(offsets)}


def _payments(*offsets: int) -> Offsets:
    return {("payments", p): offset for p, offset in enumerate(offsets)}


def _clicks(offset: int) -> Offsets:
    return {("clicks", 0): offset}


BEFORE = _orders(120, 118, 115) | _payments(50, 20) | _clicks(70)


class World:
    """The cluster of the page, and one of its sections."""

    def __init__(
        self, rig: Rig, kafka: Kafka, kubectl: Kubectl, resets: Resets, kubeconfig: Path
    ) -> None:
        self._brokers = rig.kafka_bootstrap
        self._kafka = kafka
        self._kubectl = kubectl
        self._environment = os.environ | {"KUBECONFIG": str(kubeconfig)}
        self.resets = resets
        self.consume: Callable[[str], Consumer] = lambda client_id: Consumer(
            rig.kafka_bootstrap, GROUP, "orders", client_id=client_id
        )

    def apply(self, section: str) -> None:
        """Its manifest. One that has no test's own commits is applied to BEFORE."""
        (manifest,) = SECTIONS[section].blocks()
        assert manifest.count(BROKERS) == 1
        self._kubectl("apply", "-f", "-", stdin=manifest.replace(BROKERS, self._brokers))

    def assert_shows(self, section: str) -> None:
        """Each command that is printed has the output that is printed with it."""
        (console,) = SECTIONS[section].blocks("console")
        commands = re.split(r"^\$ (.+)\n", console, flags=re.MULTILINE)[1:]
        for command, output in zip(commands[::2], commands[1::2], strict=True):
            self._assert_prints(command, _without_ages(output))

    def commit(self, offsets: Offsets) -> None:
        self._kafka.commit_all(GROUP, offsets)

    def assert_committed(self, offsets: Offsets, group: str = GROUP) -> None:
        assert self._kafka.all_committed(group) == offsets

    def _assert_prints(self, command: str, output: list[list[str]]) -> None:
        def prints() -> bool:
            found = _without_ages(self._run(command))
            assert found == output, f"{command}: {found}, not {output}"
            return True

        if " get " in command:
            eventually(command, prints)
        else:
            prints()

    def _run(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout


def _without_ages(table: str) -> list[list[str]]:
    """Its words, line by line, but for those that are a time from now, such as 3s or 1m10s."""
    lines = [line.split() for line in table.splitlines()]
    return [[word for word in line if not re.fullmatch(r"(\d+[smh])+", word)] for line in lines]


@pytest.fixture(scope="module")
def topics(kafka: Kafka) -> None:
    """The topics of the page; what an earlier run left of them is gone."""
    for topic in set(TOPICS) & kafka.topics():
        kafka.delete_topic(topic)
        eventually(f"{topic} deleted", lambda topic=topic: topic not in kafka.topics())
    now = int(time.time() * 1000)
    times = {
        "orders": [SEVEN + MINUTE * i for i in range(120)],
        "payments": [now] * 50,
        "clicks": [now - 3 * HOUR] * 50 + [now - HOUR] * 30,
    }
    for topic, partitions in TOPICS.items():
        kafka.create_topic(topic, partitions)
        for partition in range(partitions):
            kafka.produce(topic, 0, partition, times[topic])


@pytest.fixture
def world(
    topics: None,
    operator: OperatorProcess,
    rig: Rig,
    kafka: Kafka,
    kubectl: Kubectl,
    resets: Resets,
    namespace: str,
    tmp_path: Path,
) -> World:
    """Its group has read nearly everything, its canary nothing."""
    for group in (GROUP, CANARY):
        kafka.delete_group(group)
    kafka.commit_all(GROUP, BEFORE)
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(rig.kubeconfig.read_text())
    context = ["config", "set-context", "--current", f"--namespace={namespace}"]
    subprocess.run(["kubectl", f"--kubeconfig={kubeconfig}", *context], check=True)
    return World(rig, kafka, kubectl, resets, kubeconfig)


# Sections of one manifest that is applied and does its work: where the group is afterwards.
SINCE_8 = BEFORE | _orders(60, 60, 60)
MOVES = {
    "Read again what came in since eight": SINCE_8,
    "Read the last two hours again": BEFORE | _clicks(50),
    "Start again from the beginning": BEFORE | _orders(0, 0, 0),
    "Give up a backlog": BEFORE | _payments(50, 50),
    "Only some partitions": BEFORE | _orders(0, 118, 0) | _payments(0, 20),
    "Several topics, each to a place of its own": SINCE_8 | _clicks(80),
    "Everything that a group reads": _orders(60, 60, 60) | _payments(0, 0) | _clicks(0),
    "Go back by some records": BEFORE | _orders(95, 93, 90),
    "Exact offsets": BEFORE | _orders(117, 98),
    "Take over what Kafka's own tool exported": BEFORE | _orders(100, 101) | _payments(7),
    "Forget that a group read a topic": _orders(120, 118, 115) | _payments(50, 20),
    "Keep the commits of a group that rests": BEFORE,
    "Never more than was meant": BEFORE,
    "In a maintenance window": BEFORE,
    "From Git": BEFORE,
}


def _skip_a_record(world: World, section: str) -> None:
    world.commit({("orders", 2): 42})
    world.apply(section)
    world.assert_shows(section)
    world.assert_committed(BEFORE | {("orders", 2): 43})


def _start_a_canary(world: World, section: str) -> None:
    production = world.consume("production")
    production.wait_assigned()
    world.apply(section)
    world.assert_shows(section)
    production.stop()
    world.assert_committed(BEFORE, CANARY)
    world.assert_committed(BEFORE)


def _approve(world: World, section: str) -> None:
    world.apply(section)
    world.resets.wait_reason("orders-since-8-planned", "DryRunSucceeded")
    world.assert_committed(BEFORE)
    world.assert_shows(section)
    world.assert_committed(SINCE_8)


def _take_back(world: World, section: str) -> None:
    mistake = "Start again from the beginning"
    world.apply(mistake)
    world.assert_shows(mistake)
    world.assert_committed(MOVES[mistake])
    world.apply(section)
    world.assert_shows(section)
    world.assert_committed(BEFORE)


def _release(world: World, section: str) -> None:
    world.apply(section)
    world.resets.wait_reason("after-the-migration", "Suspended")
    world.assert_committed(BEFORE)
    world.assert_shows(section)
    world.assert_committed(BEFORE | _payments(0, 0))


def _wait_for_consumers(world: World, section: str) -> None:
    consumer = world.consume("orders-0")
    consumer.wait_assigned()
    world.apply(section)
    world.assert_shows(section)
    world.assert_committed(BEFORE)
    consumer.stop()
    world.resets.wait_closed("orders-when-stopped")
    world.assert_committed(BEFORE | _orders(0, 0, 0))


STORIES: dict[str, Callable[[World, str], None]] = {
    "Skip a record that can't be processed": _skip_a_record,
    "Let a canary start where production is": _start_a_canary,
    "Look first, then approve": _approve,
    "Take a reset back": _take_back,
    "Prepare it, and let it go later": _release,
    "Wait for consumers that are being stopped": _wait_for_consumers,
}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_manifest_does_what_the_page_says(world: World, section: str) -> None:
    assert section in MOVES or section in STORIES, "this section has no test"
    if section in STORIES:
        STORIES[section](world, section)
    else:
        world.apply(section)
        world.assert_shows(section)
        world.assert_committed(MOVES[section])


def test_every_manifest_of_the_page_is_in_a_section() -> None:
    page = Page(TREE / "docs" / "manifests.md")
    assert len(page.blocks()) == sum(len(section.blocks()) for section in SECTIONS.values())
    assert {*MOVES, *STORIES} == {*SECTIONS}
