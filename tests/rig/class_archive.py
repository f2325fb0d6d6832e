"""An archive of the classes that a broker loads: mapping it halves the time to start a broker.

Java writes it when a broker that was told so ends. It fits one version of Java and one list of
jars; with others, Java ignores it and the broker starts slower.
"""

import shutil
from pathlib import Path

from rig import artifacts
from rig.artifacts import Artifact
from rig.brokers import Brokers
from rig.errors import RigError
from rig.ports import Ports
from rig.processes import Processes

_FILE = "kafka.jsa"
_DUMP_SECONDS = 60


def class_archive() -> Artifact:
    java = Path(artifacts.find_java()).resolve()
    release = java.parent.parent / "release"
    identity = release.read_bytes() if release.exists() else str(java.stat().st_mtime_ns).encode()
    inputs = [artifacts.kafka().folder.name.encode(), str(java).encode(), identity]
    return Artifact(
        name="an archive of Kafka's classes",
        folder=artifacts.cache_folder() / f"kafka-classes-{artifacts.key(inputs)}",
        takes="10 seconds",
        make=_record,
    )


def use() -> str:
    """The JVM option that makes a broker start from the archive."""
    return f"-XX:SharedArchiveFile={class_archive().folder / _FILE}"


def _record(draft: Path, log: Path) -> None:
    run = draft / "run"
    run.mkdir()
    processes = Processes(run / "processes", log.parent)
    ports = Ports(run / "ports.json")
    brokers = Brokers(run, processes, ports, count=1, secure=True)
    ports.reserve(brokers.port_names(), keep=False)
    try:
        brokers.start(brokers.nodes, f"-XX:ArchiveClassesAtExit={draft / _FILE}")
    finally:
        processes.stop(brokers.running(), limit_seconds=_DUMP_SECONDS)
    if not (draft / _FILE).exists():
        raise RigError(f"Java wrote no archive:\n{processes.tail('kafka-1')}")
    shutil.rmtree(run)
