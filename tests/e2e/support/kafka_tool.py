"""Kafka's own command line tools, the reference for what a reset writes. A second a call."""

import subprocess

from support import java
from support.rig import Rig

_SECONDS = 60
_GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


def reset_offsets(rig: Rig, group: str, topic: str, *destination: str) -> None:
    """kafka-consumer-groups.sh --reset-offsets; topic is NAME, or NAME:PARTITION,PARTITION."""
    # It exits with 0 also when it refuses; what came of it is for the caller to look at.
    arguments = ["--group", group, "--topic", topic, "--reset-offsets", *destination, "--execute"]
    run(rig, _GROUPS, *arguments)


def consumer_groups(rig: Rig, calls: list[list[str]]) -> list[str]:
    """kafka-consumer-groups.sh with each of these arguments, in one process. What each printed."""
    server = ["--bootstrap-server", rig.kafka_bootstrap]
    done = subprocess.run(
        java.command(rig, "ConsumerGroups.java"),
        input="".join(f"{' '.join(server + call)}\n" for call in calls),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # how to use it, after each mistake
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    said = done.stdout.split("\0")[1:]
    assert len(said) == len(calls), done.stdout
    return said


def run(rig: Rig, tool: str, *arguments: str) -> str:
    """What the tool prints."""
    done = subprocess.run(
        java.command(rig, tool, "--bootstrap-server", rig.kafka_bootstrap, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, f"{tool} {' '.join(arguments)}: {done.stdout}"
    return done.stdout
