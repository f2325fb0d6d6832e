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

    def commits(self, group: str, topic: str) -> dict[int, list[int | None]]:
        """What was committed for each partition, from the first to the latest; None: a deletion."""
        return {p: [_offset(v) for v in values] for p, values in self._of(group, topic).items()}

    def metadata(self, group: str, topic: str) -> dict[int, str]:
        """The metadata of each partition's latest commit."""
        # confluent-kafka 2.16 reads beyond its end.
        latest = {p: values[-1] for p, values in self._of(group, topic).items()}
        return {p: _metadata(value) for p, value in latest.items() if value is not None}

    def commits_of_groups(self, prefix: str) -> dict[str, dict[tuple[str, int], list[int | None]]]:
        """Of every group whose name begins so: the same by topic and partition."""
        groups: dict[str, dict[tuple[str, int], list[int | None]]] = {}
        for (group, topic, partition), values in self._values(None).items():
            if group.startswith(prefix):
                offsets = [_offset(value) for value in values]
                groups.setdefault(group, {})[(topic, partition)] = offsets
        return groups

    def _of(self, group: str, topic: str) -> dict[int, list[bytes | None]]:
        values = self._values(group)
        return {p: found for (g, t, p), found in values.items() if (g, t) == (group, topic)}

    def _values(self, group: str | None) -> dict[tuple[str, str, int], list[bytes | None]]:
        """By group, topic and partition; of all groups, or of those that share this one's log."""
        client = Consumer(self._settings)
        try:
            count = len(client.list_topics(_TOPIC, timeout=20).topics[_TOPIC].partitions)
            logs = range(count) if group is None else [abs(_java_hash(group)) % count]
            client.assign([TopicPartition(_TOPIC, log, OFFSET_BEGINNING) for log in logs])
            found: dict[tuple[str, str, int], list[bytes | None]] = {}
            ended: set[int] = set()

            def read_to_end() -> bool:
                while (record := client.poll(1)) is not None:
                    if record.error() is None:
                        if (key := _commit_key(record.key())) is not None:
                            found.setdefault(key, []).append(record.value())
                    elif record.error().code() == KafkaError._PARTITION_EOF:
                        ended.add(record.partition())
                        if len(ended) == len(logs):
                            return True
                return False

            eventually(f"{_TOPIC} read", read_to_end)
            return found
        finally:
            client.close()


def effective(commits: list[int | None]) -> list[int | None]:
    """Without those that changed nothing, as they repeat the one before."""
    return [now for last, now in zip([-1, *commits], commits, strict=False) if now != last]


def _commit_key(key: bytes) -> tuple[str, str, int] | None:
    """Group, topic and partition, if it is the key of a commit."""
    (version,) = struct.unpack_from(">h", key)
    if version not in _COMMIT_KEYS:
        return None
    group, rest = _take_text(key[2:])
    topic, rest = _take_text(rest)
    return group, topic, struct.unpack(">i", rest)[0]


def _offset(value: bytes | None) -> int | None:
    return None if value is None else struct.unpack_from(">q", value, 2)[0]


def _metadata(value: bytes) -> str:
    version, _offset, _leader_epoch, size = struct.unpack_from(">hqiB", value)
    assert version == 4, f"version {version} of a commit"
    assert size < 128, "a size of several bytes"
    return value[15 : 15 + size - 1].decode()


def _take_text(data: bytes) -> tuple[str, bytes]:
    (size,) = struct.unpack_from(">h", data)
    return data[2 : 2 + size].decode(), data[2 + size :]


def _java_hash(value: str) -> int:
    result = 0
    for character in value:
        result = (31 * result + ord(character)) & 0xFFFFFFFF
    return result - (1 << 32) if result >= 1 << 31 else result
