"""A kubeconfig whose API server is reached through something else."""

import json
from pathlib import Path

import yaml


def server_of(kubeconfig: Path) -> str:
    """host:port"""
    config = yaml.safe_load(kubeconfig.read_text())
    return config["clusters"][0]["cluster"]["server"].removeprefix("https://")


def write_through(address: str, kubeconfig: Path, file: Path) -> dict[str, str]:
    """Writes it to that file. The environment of who is to use it."""
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://{address}"
    file.write_text(json.dumps(config))
    return {"KUBECONFIG": str(file)}
