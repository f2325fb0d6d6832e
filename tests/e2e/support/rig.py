"""Where the rig is, as `scripts/rig env` tells it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
_REQUIRED = ("KUBECONFIG", "KAFKA_BOOTSTRAP", "KAFKA_CLASSPATH", "AUDIT_LOG")


class NoRig(Exception):
    """The environment names no rig, and what to do about it."""


@dataclass(frozen=True)
class Rig:
    kubeconfig: Path
    kafka_bootstrap: str
    kafka_classpath: str
    audit_log: Path

    @staticmethod
    def from_environment() -> "Rig":
        missing = [name for name in _REQUIRED if not os.environ.get(name)]
        if missing:
            raise NoRig(
                f"{', '.join(missing)} not set: run scripts/test e2e, or "
                'scripts/rig up && eval "$(scripts/rig env)"'
            )
        kubeconfig = Path(os.environ["KUBECONFIG"])
        if not kubeconfig.is_file():
            raise NoRig(f"KUBECONFIG={kubeconfig} is no file: is the rig up? scripts/rig status")
        return Rig(
            kubeconfig=kubeconfig,
            kafka_bootstrap=os.environ["KAFKA_BOOTSTRAP"],
            kafka_classpath=os.environ["KAFKA_CLASSPATH"],
            audit_log=Path(os.environ["AUDIT_LOG"]),
        )

    def control(self, *arguments: str) -> None:
        """Runs scripts/rig, as in control("kafka", "stop"). All tests of the rig feel it."""
        subprocess.run([TREE / "scripts" / "rig", *arguments], check=True, timeout=120)
