"""What a pod finds of its service account, for a process of this machine."""

import json
from pathlib import Path

import yaml

from support.kubectl import Kubectl
from support.rig import Rig


def write_kubeconfig(rig: Rig, namespace: str, account: str, file: Path) -> None:
    """The rig as that account sees it, by default in its own namespace."""
    token = Kubectl(rig.kubeconfig, namespace)("create", "token", account).strip()
    config = yaml.safe_load(rig.kubeconfig.read_text())
    for user in config["users"]:
        user["user"] = {"token": token}
    for context in config["contexts"]:
        context["context"]["namespace"] = namespace
    file.write_text(json.dumps(config))
