"""The built operator as a chart deploys it, though as a process of this machine."""

from pathlib import Path

from support.kubectl import Kubectl
from support.operator_process import OperatorProcess, binary
from support.rig import Rig
from support.service_account import write_kubeconfig


class DeployedOperator(OperatorProcess):
    """Has exactly the arguments and the environment of a Deployment, and its service account."""

    def __init__(self, rig: Rig, namespace: str, name: str, folder: Path) -> None:
        kubectl = Kubectl(rig.kubeconfig, namespace)
        pod = kubectl.json("get", "deployment", name)["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        kubeconfig = folder / "kubeconfig"
        write_kubeconfig(rig, namespace, pod["serviceAccountName"], kubeconfig)
        self.log_file = folder / "operator.log"
        self.metrics_url = f"http://127.0.0.1:{ports['metrics']}/metrics"
        self.health_url = f"http://127.0.0.1:{ports['health']}"
        self._command = [str(binary()), *container.get("args", [])]
        self._environment = {e["name"]: e["value"] for e in container.get("env", [])}
        self._environment["KUBECONFIG"] = str(kubeconfig)
        self._process = None
