"""A member of a group by the classic protocol that is no consumer, as bytes on a socket.

Kafka Connect's workers form such groups; client libraries let nobody choose the protocol's type.
"""

import itertools
import socket
import struct

from support.eventually import eventually

_JOIN_GROUP = (11, 2)  # API key, version; the oldest ones that Kafka 4 speaks
_SYNC_GROUP = (14, 0)
_LEAVE_GROUP = (13, 0)
_SESSION_MS = 30_000
_NOT_YET = (14, 15, 16)  # the coordinator is being loaded, or elected, or elsewhere


class ClassicMember:
    """Joins at once and holds nothing. One broker only: it has to be the coordinator."""

    def __init__(self, bootstrap: str, group: str, protocol_type: str) -> None:
        host, port = bootstrap.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=20)
        self._group = group
        self._ids = itertools.count()
        self._generation, self._member = eventually("joined", lambda: self._join(protocol_type))
        self._sync()

    def leave(self) -> None:
        self._call(_LEAVE_GROUP, _text(self._group) + _text(self._member))
        self._socket.close()

    def _join(self, protocol_type: str) -> tuple[int, str]:
        protocols = struct.pack(">i", 1) + _text("compatible") + _blob(b"")
        timeouts = struct.pack(">ii", _SESSION_MS, _SESSION_MS)
        request = _text(self._group) + timeouts + _text("") + _text(protocol_type) + protocols
        answer = self._call(_JOIN_GROUP, request)
        _throttle, error, generation = struct.unpack_from(">ihi", answer)
        assert error not in _NOT_YET, f"join group {self._group}: error {error}"
        if error:
            raise RuntimeError(f"join group {self._group}: error {error}")
        _protocol, rest = _take_text(answer[10:])
        _leader, rest = _take_text(rest)
        return generation, _take_text(rest)[0]

    def _sync(self) -> None:
        member = _text(self._member)
        mine = struct.pack(">i", 1) + member + _blob(b"")
        request = _text(self._group) + struct.pack(">i", self._generation) + member + mine
        (error,) = struct.unpack_from(">h", self._call(_SYNC_GROUP, request))
        assert not error, f"sync group {self._group}: error {error}"

    def _call(self, api: tuple[int, int], body: bytes) -> bytes:
        request = struct.pack(">hhi", *api, next(self._ids)) + _text("e2e") + body
        self._socket.sendall(_blob(request))
        (size,) = struct.unpack(">i", self._read(4))
        return self._read(size)[4:]

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            assert part, "the broker closed the connection"
            data += part
        return data


def _text(value: str) -> bytes:
    return struct.pack(">h", len(value.encode())) + value.encode()


def _blob(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


def _take_text(data: bytes) -> tuple[str, bytes]:
    (size,) = struct.unpack_from(">h", data)
    return data[2 : 2 + size].decode(), data[2 + size :]
