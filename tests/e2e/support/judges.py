"""What GitOps tools make of a reset or a connection, and what they should."""

import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.resets import condition
from support.rig import TREE

HEALTH = TREE / "docs" / "gitops" / "argo-cd" / "health.lua"
CONNECTION_HEALTH = HEALTH.parent / "connection" / "health.lua"
# Not over, and yet nothing happens until a person has mended something: a tool should tell at once.
AWAITS_A_PERSON = ("ConnectionNotFound", "SecretNotFound", "ConfigMapNotFound", "NotAuthenticated")
_RESET = "OffsetReset"
_ARGO_CD = Path(__file__).parent / "argo_cd.lua"


@dataclass(frozen=True)
class Health:
    """Argo CD's word for how a resource is, and what it shows beside it."""

    status: str
    message: str


@functools.cache
def programs() -> Path:
    """The folder of kstatus and fluxtypes, built where they are not there yet."""
    command = [TREE / "scripts" / "rig", "gitops"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def kstatus(resets: list[dict]) -> list[str]:
    """What Flux and Helm 4 make of them: Current, InProgress, Failed or Terminating."""
    return _judge([str(programs() / "kstatus")], [json.dumps(reset) for reset in resets])


def argo_cd(objects: list[dict], check: Path = HEALTH) -> list[Health]:
    """What Argo CD makes of them by a health check in docs/gitops."""
    lines = _judge(["lua5.1", str(_ARGO_CD), str(check)], [lua(found) for found in objects])
    return [Health(*line.split("\t", 1)) for line in lines]


def flux(manifests: str) -> str:
    """The kinds of these objects of Flux; fails where one has a field that Flux does not know."""
    return "\n".join(_judge([str(programs() / "fluxtypes")], manifests.split("\n"))) + "\n"


def verdict(objects: list[dict]) -> str:
    """One line when every tool is right about each of them; an AssertionError names the others."""
    resets = [found for found in objects if found["kind"] == _RESET]
    connections = [found for found in objects if found["kind"] != _RESET]
    faults = _all_faults(resets, HEALTH) + _all_faults(connections, CONNECTION_HEALTH)
    assert not faults, "\n".join(faults)
    return (
        f"kstatus and Argo CD are right about each of {len(resets)} states that resets were in, "
        f"and of {len(connections)} of connections"
    )


def _all_faults(objects: list[dict], check: Path) -> list[str]:
    faults = []
    for found, status, health in zip(
        objects, kstatus(objects), argo_cd(objects, check), strict=True
    ):
        faults += [f"{fault}: {json.dumps(found)}" for fault in _faults(found, status, health)]
    return faults


def _faults(found: dict, status: str, health: Health) -> list[str]:
    if "deletionTimestamp" in found["metadata"]:
        return [] if status == "Terminating" else [f"kstatus says {status} of one that goes"]
    is_reset = found["kind"] == _RESET
    wanted, wanted_health = _wanted(found) if is_reset else _wanted_of_connection(found)
    faults = []
    if status != wanted:
        faults.append(f"kstatus says {status} where {wanted} is true")
    if health.status != wanted_health:
        faults.append(f"Argo CD says {health.status} where {wanted_health} is true")
    return faults


def _wanted(reset: dict) -> tuple[str, str]:
    status = reset["status"]
    succeeded = condition(status, "Succeeded")
    reason = succeeded.get("reason")
    # With a time to live it stays open until it is deleted.
    is_finished = "ttlSecondsAfterFinished" in reset["spec"] and "completionTime" in status
    is_over = status.get("closed") or is_finished or reason == "DryRunSucceeded"
    if status["observedGeneration"] != reset["metadata"]["generation"]:
        return "InProgress", "Progressing"
    if succeeded.get("status") == "True" and is_over:
        return "Current", "Healthy"
    if succeeded.get("status") == "False" and is_over or reason in AWAITS_A_PERSON:
        return "Failed", "Degraded"
    return "InProgress", "Suspended" if reason == "Suspended" else "Progressing"


def _wanted_of_connection(connection: dict) -> tuple[str, str]:
    status = connection["status"]
    reason = condition(status, "Ready").get("reason")
    if status["observedGeneration"] != connection["metadata"]["generation"]:
        return "InProgress", "Progressing"
    if reason == "Connected":
        return "Current", "Healthy"
    if reason in (*AWAITS_A_PERSON, "InvalidSpec"):
        return "Failed", "Degraded"
    return "InProgress", "Progressing"


def _judge(command: list[str], lines: list[str]) -> list[str]:
    """One answer a line."""
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def lua(value: object) -> str:
    """A value of JSON as one of Lua, on one line."""
    if isinstance(value, dict):
        return "{" + ",".join(f"[{lua(k)}]={lua(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ",".join(map(lua, value)) + "}"
    if isinstance(value, str):
        return '"' + "".join(f"\\{byte:03d}" for byte in value.encode()) + '"'
    return "nil" if value is None else str(value).lower()
