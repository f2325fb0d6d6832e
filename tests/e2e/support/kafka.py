"""Kafka through confluent-kafka: what a test arranges, and the independent look at what came of it.

A partition is an int, a partition's offsets are a dict by partition.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic, OffsetSpec

from support.eventually import eventually

_SECONDS = 20
_RECORDS_A_FLUSH = 10_000


class Kafka:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        settings = {"bootstrap.servers": bootstrap, "reconnect.backoff.ms": 10}
        self._admin = AdminClient(settings)
        self._producer = Producer(settings | {"linger.ms": 0, "acks": "all"})
        self._transactional: Producer | None = None

    # -- topics and records

    def create_topic(self, topic: str, partitions: int = 1, **settings: str) -> None:
        """Returns when every partition can be written and read. Settings: retention_ms="1000"."""
        self.create_topics([topic], partitions, **settings)

    def create_topics(self, topics: list[str], partitions: int, **settings: str) -> None:
        """The same for several; 1,000 partitions take 3 to 10 seconds."""
        named = {name.replace("_", "."): value for name, value in settings.items()}
        self._create([NewTopic(topic, partitions, config=named) for topic in topics])
        for topic in topics:
            self._wait_topic(topic, partitions)

    def create_topic_on(self, brokers: Sequence[int], topic: str) -> None:
        """The same with a partition for each of these brokers, which leads it."""

        replicas = [[broker] for broker in brokers]

        def created() -> bool:
            try:
                self._create([NewTopic(topic, len(replicas), replica_assignment=replicas)])
            except KafkaException as error:
                # Of a broker that was started just now.
                assert error.args[0].code() != KafkaError.INVALID_REPLICA_ASSIGNMENT, error
                raise
            return True

        eventually(f"{topic} created", created)
        self._wait_topic(topic, len(brokers))

    def topics(self) -> set[str]:
        return set(self._admin.list_topics(timeout=_SECONDS).topics)

    def add_partitions(self, topic: str, total: int) -> None:
        futures = self._admin.create_partitions([NewPartitions(topic, total)])
        futures[topic].result(_SECONDS)
        eventually(
            f"{total} partitions of {topic}", lambda: len(self._ranges_if_there(topic)) == total
        )

    def delete_topic(self, topic: str) -> None:
        self._admin.delete_topics([topic], operation_timeout=_SECONDS)[topic].result(_SECONDS)

    def produce(
        self, topic: str, count: int, partition: int = 0, timestamps: Iterable[int] = ()
    ) -> None:
        """Writes `count` records of now, or one for each of these timestamps (ms since 1970)."""
        _produce(self._producer, topic, partition, list(timestamps) or [0] * count)

    def produce_in_transaction(
        self, topic: str, partition: int, timestamps: Iterable[int], is_aborted: bool = False
    ) -> None:
        """Writes a record for each timestamp, and the marker of the transaction's end."""
        if self._transactional is None:
            self._transactional = self._transactional_producer()
        producer = self._transactional
        producer.begin_transaction()
        _produce(producer, topic, partition, list(timestamps))
        end = producer.abort_transaction if is_aborted else producer.commit_transaction
        end(_SECONDS)

    @contextmanager
    def open_transaction(self, topic: str, count: int, partition: int = 0) -> Iterator[None]:
        """Inside of it, the last `count` records are of a transaction that has not ended."""
        producer = self._transactional_producer()
        producer.begin_transaction()
        _produce(producer, topic, partition, [0] * count)
        yield
        producer.abort_transaction(_SECONDS)

    def delete_records(self, topic: str, before: dict[int, int]) -> None:
        """Moves the log starts."""
        targets = [TopicPartition(topic, p, offset) for p, offset in before.items()]
        for future in self._admin.delete_records(targets).values():
            future.result(_SECONDS)

    def log_ranges(self, topic: str) -> dict[int, tuple[int, int]]:
        """Log start and log end of each partition."""
        partitions = self._partitions(topic)
        starts = self._list_offsets(topic, partitions, OffsetSpec.earliest())
        ends = self._list_offsets(topic, partitions, OffsetSpec.latest())
        return {p: (starts[p], ends[p]) for p in partitions}

    # -- groups

    def commit(self, group: str, topic: str, offsets: dict[int, int], metadata: str = "") -> None:
        """Commits for a group that has no members, and makes it if need be."""
        self.commit_all(group, {(topic, p): offset for p, offset in offsets.items()}, metadata)

    def commit_all(
        self, group: str, offsets: dict[tuple[str, int], int], metadata: str = ""
    ) -> None:
        """The same, by topic and partition."""
        rows = [TopicPartition(t, p, offset, metadata) for (t, p), offset in offsets.items()]
        request = ConsumerGroupTopicPartitions(group, rows)
        answer = self._admin.alter_consumer_group_offsets([request])[group].result(_SECONDS)
        refused = [row for row in answer.topic_partitions if row.error]
        assert not refused, f"commit for {group}: {refused}"

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """The group's commits; partitions without one are left out."""
        rows = [TopicPartition(topic, p) for p in self._partitions(topic)]
        request = ConsumerGroupTopicPartitions(group, rows)
        answer = self._admin.list_consumer_group_offsets([request])[group].result(_SECONDS)
        failed = [row for row in answer.topic_partitions if row.error]
        assert not failed, f"commits of {group}: {failed}"
        return {row.partition: row.offset for row in answer.topic_partitions if row.offset >= 0}

    def all_committed(self, group: str) -> dict[tuple[str, int], int]:
        """The group's commits in every topic, by topic and partition."""
        request = ConsumerGroupTopicPartitions(group)
        answer = self._admin.list_consumer_group_offsets([request])[group].result(_SECONDS)
        return {(row.topic, row.partition): row.offset for row in answer.topic_partitions}

    def delete_group(self, group: str) -> None:
        """With all of its commits, if it is there; it must have no members."""
        try:
            self._admin.delete_consumer_groups([group])[group].result(_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
                raise

    def members(self, group: str) -> list[str]:
        """The client ids of the group's members."""
        try:
            answer = self._admin.describe_consumer_groups([group])[group].result(_SECONDS)
        except KafkaException as error:
            raise AssertionError(f"describe {group}: {error}") from error
        return [member.client_id for member in answer.members]

    def wait_empty(self, group: str, seconds: float = 30) -> None:
        eventually(f"{group} without members", lambda: not self.members(group), seconds)

    def coordinator(self, group: str) -> int:
        """The id of the broker that coordinates the group."""
        return self._admin.describe_consumer_groups([group])[group].result(_SECONDS).coordinator.id

    # -- inside

    def _transactional_producer(self) -> Producer:
        settings = {"bootstrap.servers": self.bootstrap, "transactional.id": secrets.token_hex(8)}
        producer = Producer(settings | {"linger.ms": 0})
        producer.init_transactions(_SECONDS)
        return producer

    def _partitions(self, topic: str) -> list[int]:
        found = self._admin.list_topics(topic, timeout=_SECONDS).topics[topic]
        assert not found.error, f"metadata of {topic}: {found.error}"
        return sorted(found.partitions)

    def _list_offsets(self, topic: str, partitions: list[int], spec: OffsetSpec) -> dict[int, int]:
        wanted = {TopicPartition(topic, p): spec for p in partitions}
        futures = self._admin.list_offsets(
            wanted, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=_SECONDS
        )
        return {row.partition: future.result(_SECONDS).offset for row, future in futures.items()}

    def _create(self, topics: list[NewTopic]) -> None:
        for future in self._admin.create_topics(topics, operation_timeout=_SECONDS).values():
            future.result(_SECONDS)

    def _wait_topic(self, topic: str, partitions: int) -> None:
        eventually(
            f"topic {topic}", lambda: len(self._ranges_if_there(topic)) == partitions, seconds=60
        )

    def _ranges_if_there(self, topic: str) -> dict[int, tuple[int, int]]:
        try:
            return self.log_ranges(topic)
        except KafkaException as error:
            raise AssertionError(str(error)) from error


def _produce(producer: Producer, topic: str, partition: int, timestamps: list[int]) -> None:
    refusals: list[object] = []
    for number, timestamp in enumerate(timestamps):
        producer.produce(
            topic,
            f"record {number}".encode(),
            partition=partition,
            timestamp=timestamp,
            on_delivery=lambda error, _: refusals.append(error) if error else None,
        )
        if number % _RECORDS_A_FLUSH == _RECORDS_A_FLUSH - 1:
            producer.flush(_SECONDS)
    left = producer.flush(_SECONDS)
    assert not left and not refusals, f"produce to {topic}: {left} left, {refusals[:3]}"
