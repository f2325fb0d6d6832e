"""docs/security.md: the rights that it lists are enough, and the first ones are needed."""

import itertools
import os
import re
import shlex

import pytest
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from support import kafka_tool
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.page import Page
from support.resets import Resets, condition
from support.rig import TREE, Rig

PAGE = Page(TREE / "docs" / "security.md")
RECORDS = 20
PASSWORD = "secret-of-a-test"
ACLS = "org.apache.kafka.tools.AclCommand"
# Feature, as in the page's comments, to the rights above and with it.
(COMMANDS,) = PAGE.blocks("sh")
BLOCKS = [re.findall(r"^acls (.+)$", part, re.MULTILINE) for part in COMMANDS.split("\n\n")[1:]]
BASIC, DELETING, COPYING, COORDINATOR = BLOCKS


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic, 2)
    for partition in (0, 1):
        kafka.produce(topic, RECORDS, partition)
    kafka.commit(group, topic, {0: RECORDS})
    kafka.commit(f"other-{group}", topic, {0: 7, 1: 8})


class User:
    """A user of the secured listener who may do nothing yet."""

    def __init__(self, rig: Rig, name: str, group: str, topic: str) -> None:
        self._rig = rig
        self.name = name
        self._here = {
            "orders-": group[:-1],
            "orders": topic[:-1],
            "billing-consumer": f"other-{group}",
        }
        scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        wanted = UserScramCredentialUpsertion(name, scram, PASSWORD.encode())
        admin = AdminClient({"bootstrap.servers": rig.kafka_bootstrap})
        admin.alter_user_scram_credentials([wanted])[name].result(20)

    def allow(self, block: list[str]) -> None:
        """What these lines of the page do, for the test's groups and topics."""
        for line in block:
            words = [self._here.get(word, word) for word in shlex.split(line)]
            kafka_tool.run(
                self._rig, ACLS, "--add", "--allow-principal", f"User:{self.name}", *words
            )


@pytest.fixture
def user(rig: Rig, unique: str, group: str, topic: str, kubectl: Kubectl) -> User:
    """Its connection is called prod."""
    made = User(rig, unique, group, topic)
    kubectl("create", "secret", "generic", "resets", f"--from-literal=password={PASSWORD}")
    sasl = {
        "mechanism": "SCRAM-SHA-512",
        "username": unique,
        "passwordFrom": {"secretKeyRef": {"name": "resets", "key": "password"}},
    }
    manifest = {
        "apiVersion": "offsetreset.io/v1alpha1",
        "kind": "KafkaConnection",
        "metadata": {"name": "prod"},
        "spec": {"bootstrapServers": [os.environ["KAFKA_SASL_BOOTSTRAP"]], "sasl": sasl},
    }
    kubectl.apply(manifest)
    return made


class Attempts:
    """Resets by the connection prod."""

    def __init__(self, resets: Resets) -> None:
        self._resets = resets
        self._numbers = itertools.count()

    def outcome(self, **fields: object) -> dict:
        """The condition that a reset ends with."""
        name = f"attempt-{next(self._numbers)}"
        connection = {"bootstrapServers": None, "connectionRef": {"name": "prod"}}
        self._resets.apply(name, **connection, **fields)
        return condition(self._resets.wait_closed(name), "Succeeded")

    def assert_refused(self, right: str, **fields: object) -> None:
        found = self.outcome(**fields)
        assert found["reason"] == "NotAuthorized", found
        assert right in found["message"]

    def wait_done(self, **fields: object) -> None:
        """A broker goes by new rights a moment later."""
        eventually("allowed", lambda: self.outcome(**fields)["reason"] == "OffsetsReset")


def test_the_rights_of_the_page_are_what_each_feature_needs(
    commits: None,
    user: User,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    attempts = Attempts(resets)
    nowhere, copy = {"position": "None"}, {"group": f"other-{group}"}
    attempts.assert_refused("DESCRIBE", to={"offset": 5})
    user.allow(BASIC)
    attempts.wait_done(to={"offset": 5})
    assert kafka.committed(group, topic) == {0: 5, 1: 5}
    attempts.wait_done(topic=None, allTopics=True, to={"shiftBy": -1})

    attempts.assert_refused("DELETE on group", to=nowhere)
    user.allow(DELETING)
    attempts.wait_done(to=nowhere)
    assert kafka.committed(group, topic) == {}

    attempts.assert_refused(f"DESCRIBE on group other-{group}", to=copy)
    user.allow(COPYING)
    attempts.wait_done(to=copy)
    assert kafka.committed(group, topic) == {0: 7, 1: 8}

    user.allow(COORDINATOR)
    attempts.wait_done(to={"offset": 9})
