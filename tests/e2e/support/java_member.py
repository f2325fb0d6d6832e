"""A member of a kind of group that only Java's clients form, in a process of its own."""

import subprocess
from pathlib import Path

from support import java
from support.rig import Rig

_STOP_SECONDS = 20


class JavaMember:
    """`kind`: share; of a Kafka Streams application its protocol, streams (KIP-1071) or classic."""

    def __init__(self, rig: Rig, kind: str, group: str, topic: str, folder: Path) -> None:
        """Returns when the group is stable. `folder` is for what it keeps on disk."""
        arguments = [kind, rig.kafka_bootstrap, group, topic]
        self._process = subprocess.Popen(
            java.command(rig, "GroupMember.java", *arguments, temporary=folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if line == "joined\n":
                return
        raise RuntimeError(f"{kind} member of {group}: {''.join(said)}")

    def leave(self) -> None:
        """Leaves the group and ends."""
        self._process.communicate(timeout=_STOP_SECONDS)

    def kill(self) -> None:
        """Ends without leaving the group, if it has not ended yet."""
        self._process.kill()
        self._process.wait(_STOP_SECONDS)
