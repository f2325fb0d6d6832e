"""Every commit that was ever made, as the broker's own log of offsets has them.

What a group has now does not tell how it came there: whether it was moved once, or twice.
"""

import struct

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from support.eventually import eventually

_TOPIC = "__consumer_offsets"
_COMMIT_KEYS = (0, 1)  # versions; others are keys of something else


class OffsetsLog:
    def __init__(self, bootstrap: str) -> None:
        self._settings = {
            "bootstrap.servers": bootstrap,
            "group.id": "offsets-log",  # asked for, and not used
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }

    def commits(self, group: str, topic: str) -> dict[int, list[int]]:
        """The offsets that were committed for each partition, from the first to the latest."""
        return {p: [_offset(v) for v in values] for p, values in self._of(group, topic).items()}

    def metadata(self, group: str, topic: str) -> dict[int, str]:
        """The metadata of each partition's latest commit."""
        # confluent-kafka 2.16 reads beyond its end.
        return {p: _metadata(values[-1]) for p, values in self._of(group, topic).items()}

    def _of(self, group: str, topic: str) -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = {}
        for key, value in self._records(group):
            partition = _partition(key, group, topic)
            if partition is not None and value is not None:
                found.setdefault(partition, []).append(value)
        return found

    def _records(self, group: str) -> list[tuple[bytes, bytes | None]]:
        client = Consumer(self._settings)
        try:
            partitions = len(client.list_topics(_TOPIC, timeout=20).topics[_TOPIC].partitions)
            home = abs(_java_hash(group)) % partitions
            client.assign([TopicPartition(_TOPIC, home, OFFSET_BEGINNING)])
            records: list[tuple[bytes, bytes | None]] = []

            def read_to_end() -> bool:
                while (record := client.poll(1)) is not None:
                    if record.error() is None:
                        records.append((record.key(), record.value()))
                    elif record.error().code() == KafkaError._PARTITION_EOF:
                        return True
                return False

            eventually(f"{_TOPIC} read", read_to_end)
            return records
        finally:
            client.close()


def effective(commits: list[int]) -> list[int]:
    """Without those that changed nothing, as they repeat the one before."""
    return [now for last, now in zip([None, *commits], commits, strict=False) if now != last]


def _partition(key: bytes, group: str, topic: str) -> int | None:
    """The partition, if the key is of a commit of this group for this topic."""
    (version,) = struct.unpack_from(">h", key)
    if version not in _COMMIT_KEYS:
        return None
    start = struct.pack(">h", version) + _text(group) + _text(topic)
    return struct.unpack_from(">i", key, len(start))[0] if key.startswith(start) else None


def _offset(value: bytes) -> int:
    return struct.unpack_from(">q", value, 2)[0]


def _metadata(value: bytes) -> str:
    version, _offset, _leader_epoch, size = struct.unpack_from(">hqiB", value)
    assert version == 4, f"version {version} of a commit"
    assert size < 128, "a size of several bytes"
    return value[15 : 15 + size - 1].decode()


def _text(value: str) -> bytes:
    return struct.pack(">h", len(value.encode())) + value.encode()


def _java_hash(value: str) -> int:
    result = 0
    for character in value:
        result = (31 * result + ord(character)) & 0xFFFFFFFF
    return result - (1 << 32) if result >= 1 << 31 else result
