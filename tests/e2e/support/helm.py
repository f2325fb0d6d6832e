"""Helm and the tools around it, as scripts/rig tools builds them."""

import functools
import os
import subprocess
from pathlib import Path

import yaml

from support.rig import TREE, Rig

CHART = TREE / "charts" / "offset-reset-operator"
NAME = "offset-reset-operator"
VALUE_SETS = sorted((CHART / "ci").glob("*-values.yaml"))
_SECONDS = 120


class ToolError(Exception):
    """What a tool wrote, when it failed."""


@functools.cache
def tools() -> Path:
    """The folder of helm3, helm4 and the others; minutes to build where they are not there yet."""
    command = [TREE / "scripts" / "rig", "tools"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def run(tool: str, *arguments: object, rig: Rig | None = None, stdin: str | None = None) -> str:
    """What a tool prints; ToolError if it fails."""
    done = subprocess.run(
        [tools() / tool, *map(str, arguments)],
        env=os.environ | ({"KUBECONFIG": str(rig.kubeconfig)} if rig else {}),
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode != 0:
        raise ToolError(done.stdout)
    return done.stdout


def rendered(namespace: str, *arguments: object, helm: str = "helm4") -> list[dict]:
    """The objects that the chart makes, as in rendered("payments", "--set", "replicas=2")."""
    text = run(helm, "template", NAME, CHART, f"--namespace={namespace}", *arguments)
    return [found for found in yaml.safe_load_all(text) if found]
