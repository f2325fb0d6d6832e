"""kubectl, as a user runs it."""

import json
import subprocess
from pathlib import Path

import yaml

_SECONDS = 60


def config_map(name: str, **data: str) -> dict:
    """The manifest of a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


class KubectlError(Exception):
    """What kubectl wrote to its standard error."""


class Kubectl:
    """kubectl against the rig, by default in one namespace."""

    def __init__(self, kubeconfig: Path, namespace: str = "default") -> None:
        self.namespace = namespace
        self._command = ["kubectl", f"--kubeconfig={kubeconfig}", f"--namespace={namespace}"]

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """Its standard output; KubectlError if it fails."""
        done = subprocess.run(
            [*self._command, *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        if done.returncode != 0:
            raise KubectlError(done.stderr.strip())
        return done.stdout

    def apply(self, *manifests: dict) -> None:
        self("apply", "-f", "-", stdin=yaml.safe_dump_all(manifests))

    def create(self, manifest: dict, *arguments: str) -> None:
        self("create", "-f", "-", *arguments, stdin=yaml.safe_dump(manifest))

    def json(self, *arguments: str, stdin: str | None = None) -> dict:
        return json.loads(self(*arguments, "-o", "json", stdin=stdin))
