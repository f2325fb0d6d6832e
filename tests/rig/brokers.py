"""Kafka brokers of one rig, each also a KRaft controller."""

import base64
import functools
import secrets
import shutil
from datetime import datetime
from pathlib import Path

from rig import artifacts, certificates, kafka_wire
from rig.ports import HOST, Ports
from rig.processes import Process, Processes
from rig.report import Stopwatch, say

_CONFIGURATION = Path(__file__).resolve().parent / "kafka"
_JVM_OPTIONS = [
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    f"-Dlog4j2.configurationFile=file:{_CONFIGURATION}/log4j2.xml",
]
_SECURE_LISTENERS = ("sasl", "tls", "mtls", "sasltls", "signed", "signedtls", "expired")
_KEY_PASSWORD = "key-secret"  # of client-encrypted.key
_READY_SECONDS = 60


class Brokers:
    """Starts the brokers that are not running, and says when group coordinators answer."""

    def __init__(
        self, folder: Path, processes: Processes, ports: Ports, count: int, secure: bool
    ) -> None:
        self._folder = folder
        self._installation = artifacts.kafka()
        self._processes = processes
        self._ports = ports
        self._secure = secure
        self.nodes = list(range(1, count + 1))

    @staticmethod
    def process_name(node: int) -> str:
        return f"kafka-{node}"

    def port_names(self) -> list[str]:
        listeners = ["plaintext", "controller", *(_SECURE_LISTENERS if self._secure else ())]
        return [self.port_name(node, name) for node in self.nodes for name in listeners]

    def bootstrap(self, listener: str = "plaintext") -> str:
        """The addresses of all brokers' listeners of that name."""
        return ",".join(f"{HOST}:{self._port(node, listener)}" for node in self.nodes)

    @property
    def tls_folder(self) -> Path:
        return self._folder / "tls"

    def running(self) -> list[Process]:
        found = [self._processes.find(self.process_name(node)) for node in self.nodes]
        return [process for process in found if process is not None and process.is_alive()]

    def start(self, nodes: list[int], class_archive_option: str) -> None:
        """Returns when the brokers know each other and every group coordinator answers."""
        watch = Stopwatch()
        starting = [n for n in nodes if not self._processes.is_alive(self.process_name(n))]
        if not starting:
            return
        if self._secure:
            self._make_certificates()
        command = [artifacts.find_java(), *_JVM_OPTIONS, class_archive_option]
        command += [f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self._token_keys}"]
        command += ["-cp", f"{self._installation.folder}/lib/*", "kafka.Kafka"]
        environment = {"LD_PRELOAD": str(artifacts.no_flush().ensure() / "no_flush.so")}
        for node in starting:
            properties = str(self._prepare(node))
            self._processes.start(self.process_name(node), [*command, properties], environment)
        for node in starting:
            is_ready = functools.partial(self._is_ready, node)
            self._processes.wait_until(self.process_name(node), _READY_SECONDS, is_ready)
        names = ", ".join(self.process_name(node) for node in starting)
        say(f"{names} ready after {watch}")

    def _is_ready(self, node: int) -> bool:
        """Whether group calls succeed through this broker, on every partition of the offsets.

        The port opens before that, and the first answers of a coordinator are refusals.
        """
        try:
            with kafka_wire.Connection(self._port(node, "plaintext")) as connection:
                return self._coordinators_answer(connection)
        except kafka_wire.NotReady:
            return False

    def _coordinators_answer(self, connection: kafka_wire.Connection) -> bool:
        cluster = connection.cluster()
        running = self.running()
        if len(cluster.brokers) < len(running):
            return False  # asking for a coordinator now would place all partitions on these few
        if len(running) == len(self.nodes) > 1:
            connection.elect_preferred_leaders()
        if not cluster.leaders:
            connection.coordinator("rig")
            return False
        partitions = len(cluster.leaders)
        for partition in range(partitions):
            group = kafka_wire.group_on_partition(partition, partitions)
            with kafka_wire.Connection(connection.coordinator(group)) as coordinator:
                coordinator.committed(group)
        return True

    def _prepare(self, node: int) -> Path:
        """Writes the configuration of a broker and, before its first start, formats its folder."""
        folder = self._folder / str(node)
        data = folder / "data"
        if not data.exists():
            data.mkdir(parents=True)
            shutil.copy(self._installation.folder / "bootstrap.checkpoint", data)
            (data / "meta.properties").write_text(
                f"version=1\ncluster.id={self._cluster_id()}\nnode.id={node}\n"
                f"directory.id={_uuid()}\n"
            )
        properties = folder / "server.properties"
        properties.write_text(self._properties(node, data))
        return properties

    def _properties(self, node: int, data: Path) -> str:
        listeners = ["plaintext", *(_SECURE_LISTENERS if self._secure else ())]
        advertised = ",".join(f"{n.upper()}://{HOST}:{self._port(node, n)}" for n in listeners)
        voters = ",".join(f"{n}@{HOST}:{self._port(n, 'controller')}" for n in self.nodes)
        replicas = len(self.nodes)
        own = {
            "node.id": node,
            "controller.quorum.voters": voters,
            "listeners": f"{advertised},CONTROLLER://{HOST}:{self._port(node, 'controller')}",
            "advertised.listeners": advertised,
            "log.dirs": data,
            "default.replication.factor": replicas,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": 1,
        }
        text = (_CONFIGURATION / "broker.properties").read_text()
        if self._secure:
            text += (_CONFIGURATION / "secure.properties").read_text()
            own["ssl.keystore.location"] = self.tls_folder / "server-keystore.pem"
            own["ssl.truststore.location"] = self.tls_folder / "ca.pem"
            expired = self.tls_folder / "expired-keystore.pem"
            own["listener.name.expired.ssl.keystore.location"] = expired
            for listener in ("signed", "signedtls"):
                own[f"listener.name.{listener}.sasl.oauthbearer.jwks.endpoint.url"] = (
                    self._token_keys
                )
        return text + "\n" + "".join(f"{name}={value}\n" for name, value in own.items())

    @property
    def _token_keys(self) -> str:
        """The URL of the keys whose tokens the listeners for signed ones believe."""
        return (self.tls_folder / "token-keys.json").as_uri()

    def _make_certificates(self) -> None:
        """All of tls/: see the README. The keystore that is written last says that it is done."""
        done = self.tls_folder / "server-keystore.pem"
        if done.exists():
            return
        self.tls_folder.mkdir(parents=True, exist_ok=True)
        authority = certificates.Authority.create(self.tls_folder, "ca")
        names = "DNS:localhost,IP:127.0.0.1"
        past = datetime(2020, 1, 1)
        authority.issue("expired", "/CN=localhost", names, "serverAuth", end=past)
        authority.issue("server", "/CN=localhost", names, "serverAuth")
        authority.issue("client", "/CN=mia", "DNS:mia", "clientAuth")
        encrypted = self.tls_folder / "client-encrypted.key"
        certificates.encrypt(self.tls_folder / "client.key", encrypted, _KEY_PASSWORD)
        other = certificates.Authority.create(self.tls_folder, "other-ca")
        other.issue("stranger", "/CN=mia", "DNS:mia", "clientAuth")
        certificates.token_keys(self.tls_folder / "token.key", self.tls_folder / "token-keys.json")
        for name in ("expired", "server"):
            parts = [self.tls_folder / file for file in (f"{name}.key", f"{name}.pem", "ca.pem")]
            keystore = self.tls_folder / f"{name}-keystore.pem"
            keystore.write_text("".join(part.read_text() for part in parts))

    def _cluster_id(self) -> str:
        file = self._folder / "cluster-id"
        if not file.exists():
            file.write_text(_uuid())
        return file.read_text()

    def _port(self, node: int, listener: str) -> int:
        return self._ports[self.port_name(node, listener)]

    def port_name(self, node: int, listener: str = "plaintext") -> str:
        return f"{self.process_name(node)}-{listener}"


def _uuid() -> str:
    """A random id in Kafka's notation."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
