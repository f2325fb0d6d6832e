"""An operator's kubeconfig whose files a test replaces."""

import json
from datetime import datetime
from pathlib import Path

import yaml

from support.rig import Rig

_PLUGIN = """#!/bin/sh
cd "$(dirname "$0")" && echo run >> runs && cat credential
"""
_EXEC_VERSION = "client.authentication.k8s.io/v1"


class Credentials:
    """The rig's cluster, with a user that has nothing yet."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._config = yaml.safe_load(rig.kubeconfig.read_text())
        self._config["users"][0]["user"] = {}

    @property
    def cluster(self) -> dict:
        return self._config["clusters"][0]["cluster"]

    @property
    def user(self) -> dict:
        return self._config["users"][0]["user"]

    @property
    def server(self) -> str:
        """host:port"""
        return self.cluster["server"].removeprefix("https://")

    def environment(self) -> dict[str, str]:
        """Of an operator that has them as they are now."""
        file = self.folder / "kubeconfig"
        file.write_text(json.dumps(self._config))
        return {"KUBECONFIG": str(file)}


class Plugin:
    """A program that prints the credential which it was told last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "plugin"
        program.write_text(_PLUGIN)
        program.chmod(0o700)

    @property
    def user(self) -> dict:
        fields = {"apiVersion": _EXEC_VERSION, "interactiveMode": "Never", "command": "./plugin"}
        return {"exec": fields}

    def give(self, token: str, end: datetime | None = None) -> None:
        status = {"token": token}
        if end:
            status["expirationTimestamp"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        credential = {"apiVersion": _EXEC_VERSION, "kind": "ExecCredential", "status": status}
        (self._folder / "credential").write_text(json.dumps(credential))

    @property
    def runs(self) -> int:
        return len((self._folder / "runs").read_text().splitlines())
