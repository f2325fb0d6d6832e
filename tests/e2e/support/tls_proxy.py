"""A TLS server that passes everything on to another one; its certificate can be replaced."""

import asyncio
import contextlib
import ssl
import threading
from pathlib import Path

_CHUNK = 65_536


class TlsProxy:
    """On 127.0.0.1, in front of `target` (host:port), which that authority vouches for."""

    def __init__(self, target: str, authority: Path) -> None:
        self._target = target.rsplit(":", 1)
        self._to_target = ssl.create_default_context(cafile=str(authority))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        )

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def present(self, certificate: Path, key: Path) -> None:
        """To all who come from now on; those who are there are cut off, so that they come again."""
        self._context.load_cert_chain(certificate, key)
        self._run(self._cut())

    def close(self) -> None:
        self._server.close()
        self._run(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._target
        back, there = await asyncio.open_connection(host, int(port), ssl=self._to_target)
        both = {writer, there}
        self._writers |= both
        await asyncio.gather(_pass_on(reader, there), _pass_on(back, writer))
        self._writers -= both


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until either is over; then the other one is, too."""
    with contextlib.suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    sink.transport.abort()
