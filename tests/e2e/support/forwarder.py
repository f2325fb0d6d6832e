"""A TCP forwarder: an address that a test can open, close, and do harm to the connections of."""

import contextlib
import socket
import threading

_CHUNK = 65_536


class Forwarder:
    """Refuses connections until it is opened; then passes them on to `target` (host:port)."""

    def __init__(self, target: str) -> None:
        self._target = _address(target)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))  # and does not listen yet: nobody else has the port
        self._connections: list[socket.socket] = []
        self._loses_answers = False
        self._flows = threading.Event()
        self._flows.set()
        self.count = 0  # connections so far
        self.lost = 0  # answers

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def open(self) -> None:
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """For good, and with all connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.thaw()
        self._cut()

    def lead_to(self, target: str) -> None:
        """From now on; connections that lead elsewhere are cut."""
        self._target = _address(target)
        self._cut()

    def lose_answers(self) -> None:
        """What is asked arrives; when an answer comes, the connection is cut instead."""
        self._loses_answers = True

    def pass_answers(self) -> None:
        self._loses_answers = False

    def freeze(self) -> None:
        """Connections stay, and nothing passes."""
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    def _cut(self) -> None:
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self.count += 1
                server = socket.create_connection(self._target)
                self._connections += [client, server]
                for source, sink in ((client, server), (server, client)):
                    is_answer = source is server
                    threading.Thread(
                        target=self._pass_on, args=(source, sink, is_answer), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flows.wait()
                if is_answer and self._loses_answers:
                    self.lost += 1
                    sink.shutdown(socket.SHUT_RDWR)
                    break
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _address(target: str) -> tuple[str, int]:
    host, port = target.rsplit(":", 1)
    return host, int(port)
