"""A platform's connection, and what its tenants do by it."""

from dataclasses import dataclass

from kubernetes import client

from support.connections import Connections
from support.kafka import Kafka
from support.offsets_log import OffsetsLog
from support.platform import Platform
from support.resets import Resets
from support.rig import Rig

RECORDS = 20  # in each partition


@dataclass(frozen=True)
class Tenancy:
    """A cluster connection of the test's own, and what it is about."""

    rig: Rig
    api: client.ApiClient
    tenants: Platform
    kafka: Kafka
    offsets_log: OffsetsLog
    connections: Connections
    name: str  # of the connection and its Secret; groups and topics begin with it

    def entry(self, namespaces: list[str], groups: list[str], topics: list[str]) -> dict:
        """One of access, for these groups and topics of this test."""
        return {
            "namespaces": [self.tenants.namespaces[name] for name in namespaces],
            "groups": [self.named(group) for group in groups],
            "topics": [self.named(topic) for topic in topics],
        }

    def admit(self, *entries: dict) -> None:
        """Access from now on; the operator has looked at it when this returns."""
        self.connections.patch(self.name, access=list(entries))
        self.connections.wait(self.name)

    def named(self, short: str) -> str:
        return f"{self.name}-{short}"

    def resets(self, namespace: str, group: str, topic: str) -> Resets:
        """Those of a group and a topic, by the connection."""
        kubectl = self.tenants.kubectl(namespace)
        names = (self.named(group), self.named(topic))
        return Resets(self.rig, self.api, kubectl, kubectl.namespace, *names)

    @property
    def way(self) -> dict:
        return self.connections.ref(self.name)

    def make_topics(self, *topics: str, partitions: int = 1) -> None:
        self.kafka.create_topics([self.named(t) for t in topics], partitions)
        for topic in topics:
            for partition in range(partitions):
                self.kafka.produce(self.named(topic), RECORDS, partition)

    def commit(self, group: str, *topics: str) -> None:
        """All of their records are read."""
        for topic in topics:
            self.kafka.commit(self.named(group), self.named(topic), {0: RECORDS})

    def committed(self, group: str) -> dict[str, int]:
        """Of partition 0 of each topic."""
        offsets = self.kafka.all_committed(self.named(group))
        return {
            topic.removeprefix(f"{self.name}-"): offset
            for (topic, partition), offset in offsets.items()
            if partition == 0
        }

    def assert_never_moved(self, group: str, *topics: str) -> None:
        """Not even for a moment."""
        for topic in topics:
            commits = self.offsets_log.commits(self.named(group), self.named(topic))
            assert commits == {0: [RECORDS]}, (group, topic)
