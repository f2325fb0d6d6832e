"""Free ports on loopback."""

import json
import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _HIGHEST = 10000, 65535
_given: set[int] = set()  # by free_port


def _candidates() -> list[int]:
    """Ports that the kernel does not hand out to outgoing connections.

    A client that keeps connecting to a stopped server on an ephemeral port can be given that very
    port as its own and then connects to itself; the server could never bind it again.
    """
    try:
        low, high = (int(word) for word in _EPHEMERAL.read_text().split())
    except (OSError, ValueError):
        low, high = 32768, 60999
    outside = [p for p in range(_LOWEST, _HIGHEST + 1) if not low <= p <= high]
    return outside or list(range(_LOWEST, _HIGHEST + 1))


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set this too: connections in TIME_WAIT don't hinder them.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """One for a server that is about to start; of this process no other server gets it.

    Random, so that those of two processes hardly ever collide.
    """
    candidates = _candidates()
    port = next(
        p for p in random.sample(candidates, len(candidates)) if p not in _given and is_free(p)
    )
    _given.add(port)
    return port


def answers(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


class Ports:
    """The ports of one rig by name, kept in a file so that a restart finds the same ones.

    They are picked at random, so two rigs that pick at the same moment hardly ever collide; a
    process that loses such a race fails to bind and is started again with other ports.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def __getitem__(self, name: str) -> int:
        return self._ports[name]

    def get(self, name: str) -> int | None:
        return self._ports.get(name)

    def reserve(self, names: list[str], keep: bool) -> None:
        """Gives each name a port: the one it had if that is free or to be kept, or another."""
        candidates = _candidates()
        for name in names:
            port = self._ports.pop(name, None)
            while port is None or port in self._ports.values() or not (keep or is_free(port)):
                port = random.choice(candidates)
            self._ports[name] = port
        self._file.write_text(json.dumps(self._ports, indent=1) + "\n")
