"""Programs that need Kafka's own jars."""

from pathlib import Path

from support.rig import Rig

_HERE = Path(__file__).resolve().parent


def command(rig: Rig, main: str, *arguments: str, temporary: Path | None = None) -> list[str]:
    """Runs a class of Kafka's, or a source file of this folder: GroupMember.java."""
    options = ["-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", rig.kafka_classpath]
    if temporary is not None:
        options.append(f"-Djava.io.tmpdir={temporary}")
    program = str(_HERE / main) if main.endswith(".java") else main
    return ["java", *options, program, *arguments]
