"""The few Kafka requests that tell whether brokers are ready for work, as bytes on a socket.

A Java client takes a second to start and a Python one may not be installed; these take
milliseconds. Old, non-flexible versions of the requests, all of which Kafka 4 still speaks.
"""

import socket
import struct
from dataclasses import dataclass

from rig.ports import HOST

OFFSETS_TOPIC = "__consumer_offsets"

_METADATA = (3, 1)  # API key, version
_OFFSET_FETCH = (9, 2)
_FIND_COORDINATOR = (10, 1)
_ELECT_LEADERS = (43, 1)
_ELECTION_NOT_NEEDED = 84
_TIMEOUT_SECONDS = 5


class NotReady(Exception):
    """A broker does not answer, or answers with an error."""


@dataclass(frozen=True)
class Cluster:
    """What one broker knows of the cluster."""

    brokers: dict[int, int]  # node id -> port
    leaders: list[int]  # leader of each partition of the offsets topic, -1 for none


class Connection:
    """One connection to the plaintext listener of a broker; use it in a with statement."""

    def __init__(self, port: int) -> None:
        try:
            self._socket = socket.create_connection((HOST, port), _TIMEOUT_SECONDS)
        except OSError as error:
            raise NotReady(f"port {port}: {error}") from error

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def cluster(self) -> Cluster:
        answer = self._call(_METADATA, struct.pack(">i", 1) + _string(OFFSETS_TOPIC))
        brokers = {}
        for _ in range(answer.int32()):
            node, _host = answer.int32(), answer.string()
            brokers[node], _rack = answer.int32(), answer.string()
        answer.int32()  # controller
        leaders = {}
        for _ in range(answer.int32()):
            answer.int16(), answer.string(), answer.int8()  # error, name, internal
            for _ in range(answer.int32()):
                _error, partition, leader = answer.int16(), answer.int32(), answer.int32()
                answer.int32s(), answer.int32s()  # replicas, in sync
                leaders[partition] = leader
        return Cluster(brokers, [leaders[partition] for partition in sorted(leaders)])

    def coordinator(self, group: str) -> int:
        """The port of the group's coordinator. The first such call creates the offsets topic."""
        answer = self._call(_FIND_COORDINATOR, _string(group) + b"\0")
        answer.int32()  # throttle time
        _succeed(answer.int16(), f"find the coordinator of group {group}")
        answer.string(), answer.int32(), answer.string()  # message, node id, host
        return answer.int32()

    def committed(self, group: str) -> None:
        """Asks for the group's committed offsets; the answer must be free of errors."""
        answer = self._call(_OFFSET_FETCH, _string(group) + struct.pack(">i", -1))
        for _ in range(answer.int32()):
            answer.string()
            for _ in range(answer.int32()):
                answer.int32(), answer.int64(), answer.string()
                _succeed(answer.int16(), f"offsets of group {group}")
        _succeed(answer.int16(), f"offsets of group {group}")

    def elect_preferred_leaders(self) -> None:
        """Gives leadership of every partition back to the broker that had it first."""
        answer = self._call(_ELECT_LEADERS, struct.pack(">bii", 0, -1, _TIMEOUT_SECONDS * 1000))
        answer.int32()  # throttle time
        _succeed(answer.int16(), "elect preferred leaders")
        for _ in range(answer.int32()):
            topic = answer.string()
            for _ in range(answer.int32()):
                partition, error, _message = answer.int32(), answer.int16(), answer.string()
                if error != _ELECTION_NOT_NEEDED:
                    _succeed(error, f"elect the leader of {topic}-{partition}")

    def _call(self, api: tuple[int, int], body: bytes) -> "_Answer":
        request = struct.pack(">hhi", *api, 0) + _string("rig") + body
        try:
            self._socket.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", self._read(4))
            return _Answer(self._read(size)[4:])  # after the correlation id
        except OSError as error:
            raise NotReady(str(error)) from error

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise NotReady("connection closed")
            data += part
        return data


def group_on_partition(partition: int, partitions: int) -> str:
    """The name of a group whose offsets are kept in the given partition of the offsets topic."""
    suffix = 0
    while _java_hash(f"rig-probe-{suffix}") % partitions != partition:
        suffix += 1
    return f"rig-probe-{suffix}"


def _java_hash(text: str) -> int:
    """The absolute value of Java's String.hashCode(), which is signed."""
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return min(value, (1 << 32) - value)


def _succeed(error: int, doing: str) -> None:
    if error != 0:
        raise NotReady(f"{doing}: Kafka error {error}")


def _string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


class _Answer:
    """Reads the fields of an answer one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def int8(self) -> int:
        return self._number(">b")

    def int16(self) -> int:
        return self._number(">h")

    def int32(self) -> int:
        return self._number(">i")

    def int64(self) -> int:
        return self._number(">q")

    def int32s(self) -> list[int]:
        return [self.int32() for _ in range(self.int32())]

    def string(self) -> str | None:
        size = self.int16()
        if size < 0:
            return None
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def _number(self, shape: str) -> int:
        try:
            value: int = struct.unpack_from(shape, self._data, self._at)[0]
        except struct.error as error:
            raise NotReady(f"short answer: {error}") from error
        self._at += struct.calcsize(shape)
        return value
