"""A topic with a record each second around an instant of 2019, and a group that has read most.

Partition p has its first record at or after INSTANT at offset 5 + p, and half a second after it.
"""

from support.kafka import Kafka

INSTANT = 1571812144000  # 2019-10-23T06:29:04.000Z
PARTITIONS = 3
FIRST_AT_INSTANT = {p: 5 + p for p in range(PARTITIONS)}
LOG_START = 2
LOG_END = 20
BEFORE = {0: 15, 1: 16, 2: 17}


def create(kafka: Kafka, topic: str) -> None:
    """The records up to LOG_START are deleted already."""
    kafka.create_topic(topic, PARTITIONS)
    for partition, first in FIRST_AT_INSTANT.items():
        times = [INSTANT + 500 + 1000 * (i - first) for i in range(LOG_END)]
        kafka.produce(topic, LOG_END, partition, times)
    kafka.delete_records(topic, {p: LOG_START for p in range(PARTITIONS)})


def create_and_read(kafka: Kafka, topic: str, group: str) -> None:
    """The group has commits of BEFORE."""
    create(kafka, topic)
    kafka.commit(group, topic, BEFORE)


def row(topic: str, partition: int, after: int | None, **more: object) -> dict:
    """A row of the status of a reset of this topic."""
    found = {"topic": topic, "partition": partition, "start": LOG_START, "end": LOG_END}
    found |= {} if after is None else {"after": after}
    return found | more
