"""etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok of one rig."""

import json
import secrets
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from rig import certificates
from rig.ports import HOST, Ports
from rig.processes import Processes
from rig.report import Stopwatch, say

ETCD, API_SERVER, CONTROLLER_MANAGER = "etcd", "kube-apiserver", "kube-controller-manager"
SECOND_API_SERVER = "kube-apiserver-2"
SCHEDULER, KWOK = "kube-scheduler", "kwok"
_STAGES = Path(__file__).resolve().parent / "kwok.yaml"
_NODE = "node-1"
_JSON = "application/json"
_AUDIT_POLICY = Path(__file__).resolve().parent / "kube" / "audit-policy.yaml"
_SERVER_NAMES = "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.0.0.1"
# What makes namespaces end, owned objects go, and Deployments and Jobs move.
_CONTROLLERS = (
    "namespace-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller",
    "garbage-collector-controller",
    "clusterrole-aggregation-controller",
    "deployment-controller",
    "replicaset-controller",
    "job-controller",
    "ttl-after-finished-controller",
    "disruption-controller",
    "endpointslice-controller",
    "node-lifecycle-controller",
    "validatingadmissionpolicy-status-controller",
)


class ControlPlane:
    """Starts what is not running, and says when it is ready."""

    def __init__(self, folder: Path, binaries: Path, processes: Processes, ports: Ports) -> None:
        self._folder = folder
        self._pki = folder / "pki"
        self._bin = binaries
        self._processes = processes
        self._ports = ports

    @staticmethod
    def process_names(controllers: bool, pods: bool) -> list[str]:
        return [
            *(ETCD, API_SERVER),
            *([CONTROLLER_MANAGER] if controllers else []),
            *([SCHEDULER, KWOK] if pods else []),
        ]

    @staticmethod
    def port_names() -> list[str]:
        servers = [ETCD, "etcd-peer", API_SERVER, SECOND_API_SERVER]
        return [*servers, CONTROLLER_MANAGER, SCHEDULER, KWOK]

    @property
    def kubeconfig(self) -> Path:
        return self._folder / "kubeconfig"

    @property
    def second_kubeconfig(self) -> Path:
        return self._folder / "second-kubeconfig"

    @property
    def etcd(self) -> str:
        return f"http://{HOST}:{self._ports[ETCD]}"

    @property
    def audit_log(self) -> Path:
        return self._folder / "audit.log"

    def start(self, controllers: bool, kwok: Path | None) -> None:
        """With kwok's binary, pods are scheduled and said to run."""
        self._prepare()
        self._start_etcd()
        self.start_api_server()
        if controllers:
            self._start_controller_manager()
        if kwok:
            self._start_scheduler()
            self._start_kwok(kwok)

    def start_api_server(self) -> None:
        """Returns when /readyz is ok and the default namespace is there."""
        self._prepare()
        self._start_api_server(API_SERVER, self.etcd, self.audit_log)

    def start_second_api_server(self, etcd: str | None) -> None:
        """Another one beside the first, which reaches etcd by that address."""
        self._write_kubeconfig(self.second_kubeconfig, SECOND_API_SERVER)
        audit_log = self._folder / "second-audit.log"
        self._start_api_server(SECOND_API_SERVER, etcd or self.etcd, audit_log)

    def _start_api_server(self, name: str, etcd: str, audit_log: Path) -> None:
        if self._processes.is_alive(name):
            return
        watch = Stopwatch()
        pki = self._pki
        self._processes.start(
            name,
            [
                str(self._bin / API_SERVER),
                f"--etcd-servers={etcd}",
                f"--bind-address={HOST}",
                f"--advertise-address={HOST}",
                f"--secure-port={self._ports[name]}",
                f"--tls-cert-file={pki}/server.pem",
                f"--tls-private-key-file={pki}/server.key",
                f"--cert-dir={self._folder}/unused",
                f"--client-ca-file={pki}/ca.pem",
                f"--token-auth-file={pki}/tokens.csv",
                "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={pki}/service-account.pub",
                f"--service-account-signing-key-file={pki}/service-account.key",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--endpoint-reconciler-type=none",
                f"--audit-policy-file={_AUDIT_POLICY}",
                f"--audit-log-path={audit_log}",
                "--audit-log-maxsize=1024",
                "--profiling=false",
            ],
        )
        for path in ("/readyz", "/api/v1/namespaces/default"):
            self._processes.wait_until(name, 60, lambda path=path: self._get(path, name))
        say(f"{name} ready after {watch}")

    def _start_etcd(self) -> None:
        if self._processes.is_alive(ETCD):
            return
        watch = Stopwatch()
        client = self.etcd
        peer = f"http://{HOST}:{self._ports['etcd-peer']}"
        self._processes.start(
            ETCD,
            [
                str(self._bin / ETCD),
                "--name=rig",
                f"--data-dir={self._folder}/etcd",
                f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=rig={peer}",
                "--unsafe-no-fsync",
                "--log-level=warn",
            ],
        )
        self._processes.wait_until(ETCD, 30, lambda: _answers_ok(f"{client}/health"))
        say(f"{ETCD} ready after {watch}")

    def _start_controller_manager(self) -> None:
        if self._processes.is_alive(CONTROLLER_MANAGER):
            return
        watch = Stopwatch()
        port = self._ports[CONTROLLER_MANAGER]
        self._processes.start(
            CONTROLLER_MANAGER,
            [
                str(self._bin / CONTROLLER_MANAGER),
                f"--kubeconfig={self.kubeconfig}",
                f"--bind-address={HOST}",
                f"--secure-port={port}",
                f"--cert-dir={self._folder}/controller-manager",
                "--leader-elect=false",
                f"--service-account-private-key-file={self._pki}/service-account.key",
                f"--root-ca-file={self._pki}/ca.pem",
                "--kube-api-qps=500",
                "--kube-api-burst=1000",
                f"--controllers={','.join(_CONTROLLERS)}",
            ],
        )
        own_certificate = ssl._create_unverified_context()
        self._processes.wait_until(
            CONTROLLER_MANAGER,
            30,
            lambda: _answers_ok(f"https://{HOST}:{port}/healthz", context=own_certificate),
        )
        self._processes.wait_until(
            CONTROLLER_MANAGER,
            30,
            lambda: self._get("/api/v1/namespaces/default/serviceaccounts/default"),
        )
        say(f"{CONTROLLER_MANAGER} ready after {watch}")

    def _start_scheduler(self) -> None:
        if self._processes.is_alive(SCHEDULER):
            return
        watch = Stopwatch()
        port = self._ports[SCHEDULER]
        self._processes.start(
            SCHEDULER,
            [
                str(self._bin / SCHEDULER),
                f"--kubeconfig={self.kubeconfig}",
                f"--bind-address={HOST}",
                f"--secure-port={port}",
                f"--cert-dir={self._folder}/scheduler",
                "--leader-elect=false",
            ],
        )
        own_certificate = ssl._create_unverified_context()
        self._processes.wait_until(
            SCHEDULER,
            30,
            lambda: _answers_ok(f"https://{HOST}:{port}/healthz", context=own_certificate),
        )
        say(f"{SCHEDULER} ready after {watch}")

    def _start_kwok(self, binary: Path) -> None:
        """Returns when there is a node that pods can be bound to."""
        if self._processes.is_alive(KWOK):
            return
        watch = Stopwatch()
        port = self._ports[KWOK]
        self._processes.start(
            KWOK,
            [
                str(binary),
                f"--kubeconfig={self.kubeconfig}",
                f"--config={_STAGES}",
                "--manage-all-nodes=true",
                "--node-lease-duration-seconds=40",
                f"--server-address={HOST}:{port}",
            ],
        )
        self._processes.wait_until(KWOK, 30, lambda: _answers_ok(f"http://{HOST}:{port}/healthz"))
        if not self._get(f"/api/v1/nodes/{_NODE}"):
            self._create_node()
        say(f"{KWOK} ready after {watch}")

    def _create_node(self) -> None:
        room = {"cpu": "32", "memory": "256Gi", "pods": "110"}
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": _NODE, "labels": {"kubernetes.io/hostname": _NODE}},
            "status": {"capacity": room, "allocatable": room},
        }
        request = urllib.request.Request(
            f"https://{HOST}:{self._ports[API_SERVER]}/api/v1/nodes",
            data=json.dumps(node).encode(),
            headers={"Authorization": f"Bearer {self._token()}", "Content-Type": _JSON},
        )
        context = ssl.create_default_context(cafile=str(self._pki / "ca.pem"))
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
        urllib.request.build_opener(*handlers).open(request, timeout=5).close()

    def _prepare(self) -> None:
        """Keys, tokens and the kubeconfig; made once, but the port in the kubeconfig may change."""
        if not (self._pki / "tokens.csv").exists():
            self._pki.mkdir(parents=True, exist_ok=True)
            authority = certificates.Authority.create(self._pki, "ca")
            authority.issue("server", "/CN=kube-apiserver", _SERVER_NAMES, "serverAuth")
            authority.issue("admin", "/O=system:masters/CN=admin", "DNS:admin", "clientAuth")
            private, public = self._pki / "service-account.key", self._pki / "service-account.pub"
            certificates.key_pair(private, public)
            (self._pki / "tokens.csv").write_text(
                f'{secrets.token_hex(16)},admin,admin,"system:masters"\n'
            )
        self._write_kubeconfig(self.kubeconfig, API_SERVER)

    def _write_kubeconfig(self, file: Path, server: str) -> None:
        file.write_text(
            f"""apiVersion: v1
kind: Config
clusters:
  - name: rig
    cluster:
      server: https://{HOST}:{self._ports[server]}
      certificate-authority: {self._pki}/ca.pem
users:
  - name: admin
    user:
      token: {self._token()}
contexts:
  - name: rig
    context:
      cluster: rig
      user: admin
current-context: rig
"""
        )
        file.chmod(0o600)

    def _token(self) -> str:
        return (self._pki / "tokens.csv").read_text().split(",")[0]

    def _get(self, path: str, server: str = API_SERVER) -> bool:
        return _answers_ok(
            f"https://{HOST}:{self._ports[server]}{path}",
            token=self._token(),
            context=ssl.create_default_context(cafile=str(self._pki / "ca.pem")),
        )


def _answers_ok(url: str, token: str = "", context: ssl.SSLContext | None = None) -> bool:
    request = urllib.request.Request(url, headers={"User-Agent": "rig"})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    # A proxy that the environment names is none of our business on loopback.
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
