"""A pod whose containers run kubectl, as processes of this machine."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from support.kubectl import Kubectl
from support.rig import Rig
from support.service_account import write_kubeconfig

_IMAGE = "registry.k8s.io/kubectl:"  # its entry point is kubectl
_SECONDS = 60


class Pod:
    """Has what the specification says: arguments, service account, ConfigMaps as files."""

    def __init__(self, rig: Rig, namespace: str, spec: dict, folder: Path) -> None:
        self._spec = spec
        self._folder = folder
        self._kubeconfig = folder / "kubeconfig"
        write_kubeconfig(rig, namespace, spec["serviceAccountName"], self._kubeconfig)
        kubectl = Kubectl(rig.kubeconfig, namespace)
        for volume in spec.get("volumes", []):
            data = kubectl.json("get", "configmap", volume["configMap"]["name"])["data"]
            (folder / volume["name"]).mkdir(exist_ok=True)
            for name, text in data.items():
                (folder / volume["name"] / name).write_text(text)

    def start(self, container: dict) -> subprocess.Popen[str]:
        assert container["image"].startswith(_IMAGE)
        arguments = [self._on_this_machine(a, container) for a in container["args"]]
        return subprocess.Popen(
            ["kubectl", *arguments],
            env=os.environ | {"KUBECONFIG": str(self._kubeconfig)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self) -> str | None:
        """All containers, one after the other. What the first one wrote that failed."""
        for container in [*self._spec["initContainers"], *self._spec["containers"]]:
            with self.start(container) as process:
                output, _ = process.communicate(timeout=_SECONDS)
            if process.returncode != 0:
                return f"{container['name']}: {output}"
        return None

    def _on_this_machine(self, argument: str, container: dict) -> str:
        for mount in container.get("volumeMounts", []):
            if argument.startswith(f"{mount['mountPath']}/"):
                path = argument.removeprefix(f"{mount['mountPath']}/")
                return str(self._folder / mount["name"] / path)
        return argument


def report_job(kubectl: Kubectl, name: str, problem: str | None) -> None:
    """Says that a Job is over, as its controller does when its pod is."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    more = {} if problem else {"completionTime": now, "succeeded": 1}
    kinds = ["FailureTarget", "Failed"] if problem else ["SuccessCriteriaMet", "Complete"]
    times = {"lastProbeTime": now, "lastTransitionTime": now}
    why = {"reason": "PodFailed", "message": problem} if problem else {}
    conditions = [{"type": kind, "status": "True", **times, **why} for kind in kinds]
    patch = json.dumps({"status": {"startTime": now, "conditions": conditions, **more}})
    kubectl("patch", "job", name, "--subresource=status", "--type=merge", "--patch", patch)
