"""The built operator as a chart deploys it, though as a process of this machine."""

import json
from pathlib import Path

import yaml

from support.kubectl import Kubectl
from support.operator_process import OperatorProcess, binary
from support.rig import Rig


class DeployedOperator(OperatorProcess):
    """Has exactly the arguments and the environment of a Deployment, and its service account."""

    def __init__(self, rig: Rig, namespace: str, name: str, folder: Path) -> None:
        kubectl = Kubectl(rig.kubeconfig, namespace)
        pod = kubectl.json("get", "deployment", name)["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        token = kubectl("create", "token", pod["serviceAccountName"]).strip()
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(_with_token(rig.kubeconfig, token))
        self.log_file = folder / "operator.log"
        self.metrics_url = f"http://127.0.0.1:{ports['metrics']}/metrics"
        self.health_url = f"http://127.0.0.1:{ports['health']}"
        self._command = [str(binary()), *container.get("args", [])]
        self._environment = {e["name"]: e["value"] for e in container.get("env", [])}
        self._environment["KUBECONFIG"] = str(kubeconfig)
        self._process = None


def _with_token(kubeconfig: Path, token: str) -> str:
    """The same cluster, but for another user."""
    config = yaml.safe_load(kubeconfig.read_text())
    config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    return json.dumps(config)
