"""Where the rig is, as `scripts/rig env` tells it."""

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.recorder import recording

TREE = Path(__file__).resolve().parents[3]
_REQUIRED = ("RIG_DIR", "KUBECONFIG", "KAFKA_BOOTSTRAP", "KAFKA_CLASSPATH", "AUDIT_LOG", "ETCD")


class NoRig(Exception):
    """The environment names no rig, and what to do about it."""


@dataclass(frozen=True)
class Rig:
    folder: Path
    kubeconfig: Path
    kafka_bootstrap: str
    kafka_classpath: str
    audit_log: Path
    etcd: str  # its address
    secured: Mapping[str, str]  # what else `env` prints of Kafka, with --secure

    @staticmethod
    def from_environment() -> "Rig":
        missing = [name for name in _REQUIRED if not os.environ.get(name)]
        if missing:
            raise NoRig(
                f"{', '.join(missing)} not set: run scripts/test e2e, or "
                'scripts/rig up --secure && eval "$(scripts/rig env)"'
            )
        rig = _rig(os.environ)
        if not rig.kubeconfig.is_file():
            raise NoRig(
                f"KUBECONFIG={rig.kubeconfig} is no file: is the rig up? scripts/rig status"
            )
        return rig

    @staticmethod
    @contextmanager
    def own(folder: Path, *flags: str) -> Iterator["Rig"]:
        """Another rig, up with these flags of scripts/rig up; all of it is gone afterwards."""
        try:
            _run(folder, "up", *flags)
            exports = [shlex.split(line)[1] for line in _run(folder, "env").splitlines()]
            rig = _rig(dict(export.split("=", 1) for export in exports))
            with recording(rig.kubeconfig):
                yield rig
        finally:
            _run(folder, "clean")

    def listener(self, name: str) -> str:
        """The addresses of a listener of tests/rig/README.md: "plaintext", "sasl", "sasl_tls"..."""
        if name == "plaintext":
            return self.kafka_bootstrap
        return self._secured(f"KAFKA_{name.upper()}_BOOTSTRAP")

    def pem(self, name: str) -> str:
        """One of the files in the folder tls, such as "ca.pem" and "client.key"."""
        return (self.tls_folder / name).read_text()

    @property
    def tls_folder(self) -> Path:
        return Path(self._secured("KAFKA_TLS_DIR"))

    def _secured(self, variable: str) -> str:
        if variable not in self.secured:
            raise NoRig(f"the rig has no {variable}: scripts/rig down && scripts/rig up --secure")
        return self.secured[variable]

    def control(self, *arguments: str) -> None:
        """Runs scripts/rig, as in control("kafka", "stop"). All tests of the rig feel it."""
        _run(self.folder, *arguments)


def _rig(environment: Mapping[str, str]) -> Rig:
    return Rig(
        folder=Path(environment["RIG_DIR"]),
        kubeconfig=Path(environment["KUBECONFIG"]),
        kafka_bootstrap=environment["KAFKA_BOOTSTRAP"],
        kafka_classpath=environment["KAFKA_CLASSPATH"],
        audit_log=Path(environment["AUDIT_LOG"]),
        etcd=environment["ETCD"],
        secured={k: v for k, v in environment.items() if k.startswith("KAFKA_")},
    )


def _run(folder: Path, *arguments: str) -> str:
    """scripts/rig in another folder. What it prints."""
    done = subprocess.run(
        [TREE / "scripts" / "rig", *arguments],
        env=os.environ | {"RIG_DIR": str(folder)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=150,
    )
    return done.stdout
