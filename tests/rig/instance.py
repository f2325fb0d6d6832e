"""One rig: its folder, what it was asked for, and the order in which it starts and stops."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from rig import artifacts, class_archive
from rig.brokers import Brokers
from rig.control_plane import API_SERVER, ETCD, SECOND_API_SERVER, ControlPlane
from rig.errors import AddressInUse, RigError
from rig.ports import Ports
from rig.processes import STOP_SECONDS, Process, Processes
from rig.report import Stopwatch, say

_TREE = Path(__file__).resolve().parents[2]
_START_ATTEMPTS = 3


def build() -> None:
    """Makes everything slow that is not in the cache yet."""
    artifacts.kafka().ensure()
    artifacts.no_flush().ensure()
    class_archive.class_archive().ensure()
    artifacts.kube().ensure()


def tools() -> Path:
    """The folder of the programs that tests of the chart need, built now if they are missing."""
    return artifacts.tools().ensure() / "bin"


def gitops() -> Path:
    """The folder of the programs that judge as GitOps tools do, built now if they are missing."""
    return artifacts.gitops().ensure() / "bin"


def folder_of_this_tree() -> Path:
    """$RIG_DIR, or a folder of this user and this working tree among the temporary files."""
    if chosen := os.environ.get("RIG_DIR"):
        return Path(chosen).absolute()
    base = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"
    tree = hashlib.sha256(str(_TREE).encode()).hexdigest()[:8]
    return Path(base) / f"offset-reset-operator-rig-{os.getuid()}-{tree}"


@dataclass(frozen=True)
class Shape:
    """What a rig consists of."""

    brokers: int = 1
    secure: bool = False
    controllers: bool = False
    pods: bool = False  # with controllers only

    def __str__(self) -> str:
        words = ["1 broker" if self.brokers == 1 else f"{self.brokers} brokers"]
        words += ["secure listeners"] if self.secure else []
        words += ["controllers"] if self.controllers else []
        words += ["pods"] if self.pods else []
        return ", ".join(words)

    def same_kafka(self, other: "Shape") -> bool:
        return (self.brokers, self.secure) == (other.brokers, other.secure)


@dataclass(frozen=True)
class Row:
    """What `status` tells of a process."""

    name: str
    port: int | None  # None: it never started
    process: Process | None  # None: it does not run


class Rig:
    """The rig in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes = Processes(folder / "processes", folder / "log")

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[None]:
        """Commands that change a rig exclude each other; the second waits."""
        if self.folder.exists():
            if self.folder.stat().st_uid != os.getuid():
                raise RigError(f"{self.folder} is someone else's; set RIG_DIR to another folder")
            if any(self.folder.iterdir()) and not self._lock.exists():
                raise RigError(f"{self.folder} holds other things; set RIG_DIR to another folder")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another command on this rig")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def up(
        self, brokers: int | None, secure: bool, controllers: bool, pods: bool, fresh: bool
    ) -> None:
        """Starts what is missing. A running rig keeps what is not mentioned."""
        controllers |= pods
        if fresh:
            self.down()
            self._forget_data()
        had = self._shape()
        if had is not None and self._running():
            wanted = Shape(
                brokers or had.brokers,
                secure or had.secure,
                controllers or had.controllers,
                pods or had.pods,
            )
            if not wanted.same_kafka(had):
                raise RigError(f"already up with {had}; stop it first: scripts/rig down")
        else:
            wanted = Shape(brokers or 1, secure, controllers, pods)
            if had is not None and not wanted.same_kafka(had):
                say(f"Kafka's data was of {had}; starting with empty brokers")
                shutil.rmtree(self.folder / "kafka", ignore_errors=True)
        build()
        self._shape_file.write_text(json.dumps(asdict(wanted)) + "\n")
        if all(row.process for row in self.status()):
            say(f"already up with {wanted}")
            return
        watch = Stopwatch()
        self._start_all(wanted)
        say(f"up with {wanted} after {watch}")

    def down(self) -> None:
        """Stops what was started, and nothing else."""
        started = self._processes.all()
        if not started:
            say("nothing is running")
        self._stop(started)

    def clean(self) -> None:
        """Stops everything and removes the rig's folder."""
        self.down()
        shutil.rmtree(self.folder)
        say(f"removed {self.folder}")

    def stop_api_server(self, at_once: bool, second: bool = False) -> None:
        """Stops it; at once: as a crash would."""
        self._existing_shape()
        name = SECOND_API_SERVER if second else API_SERVER
        self._processes.stop(self._processes.named([name]), _stop_limit(at_once))

    def start_api_server(self) -> None:
        self._existing_shape()
        self._control_plane().start_api_server()

    def start_second_api_server(self, etcd: str | None) -> None:
        """Another one, for as long as a test needs it: `up` and `status` don't know of it."""
        self._existing_shape()
        self._control_plane().start_second_api_server(etcd)

    def stop_brokers(self, nodes: list[int], at_once: bool) -> None:
        """Stops these brokers, or all if none is given; at once: as a crash would."""
        brokers = self._brokers(self._existing_shape())
        names = [brokers.process_name(n) for n in _chosen(nodes, brokers)]
        self._processes.stop(self._processes.named(names), _stop_limit(at_once))

    def start_brokers(self, nodes: list[int]) -> None:
        """Starts these brokers, or all if none is given, with the ports and data they had."""
        brokers = self._brokers(self._existing_shape())
        brokers.start(_chosen(nodes, brokers), class_archive.use())

    def status(self) -> list[Row]:
        """A row for each process that the rig should have."""
        shape = self._shape()
        if shape is None:
            return []
        ports = Ports(self._ports_file)
        brokers = self._brokers(shape)
        port_names = {
            name: name for name in ControlPlane.process_names(shape.controllers, shape.pods)
        }
        port_names |= {brokers.process_name(n): brokers.port_name(n) for n in brokers.nodes}
        rows = []
        for name, port_name in port_names.items():
            process = self._processes.find(name)
            rows.append(
                Row(
                    name=name,
                    port=ports.get(port_name),
                    process=process if process and process.is_alive() else None,
                )
            )
        return rows

    @property
    def binaries(self) -> Path:
        """The folder of kubectl and the control plane's programs."""
        return artifacts.kube().folder / "bin"

    def environment(self) -> dict[str, str]:
        """The variables by which tests and people find the rig."""
        shape = self._existing_shape()
        brokers, control_plane = self._brokers(shape), self._control_plane()
        variables = {
            "RIG_DIR": str(self.folder),
            "KUBECONFIG": str(control_plane.kubeconfig),
            "AUDIT_LOG": str(control_plane.audit_log),
            "ETCD": control_plane.etcd,
            "KAFKA_BOOTSTRAP": brokers.bootstrap("plaintext"),
            "KAFKA_CLASSPATH": f"{artifacts.kafka().folder}/lib/*",
        }
        if shape.secure:
            variables |= {
                "KAFKA_SASL_BOOTSTRAP": brokers.bootstrap("sasl"),
                "KAFKA_TLS_BOOTSTRAP": brokers.bootstrap("tls"),
                "KAFKA_MTLS_BOOTSTRAP": brokers.bootstrap("mtls"),
                "KAFKA_SASL_TLS_BOOTSTRAP": brokers.bootstrap("sasltls"),
                "KAFKA_SIGNED_BOOTSTRAP": brokers.bootstrap("signed"),
                "KAFKA_SIGNED_TLS_BOOTSTRAP": brokers.bootstrap("signedtls"),
                "KAFKA_EXPIRED_BOOTSTRAP": brokers.bootstrap("expired"),
                "KAFKA_TLS_DIR": str(brokers.tls_folder),
            }
        return variables

    def _start_all(self, shape: Shape) -> None:
        """Starts what is missing; what a failed attempt started is stopped again."""
        before = self._running()
        for attempts_left in reversed(range(_START_ATTEMPTS)):
            self._choose_ports(shape)
            try:
                self._start_both_halves(shape, before)
                return
            except AddressInUse:
                self._stop_all_but(before)
                if not attempts_left:
                    raise
                say("a port was taken in the meantime; trying others")
            except BaseException:
                self._stop_all_but(before)
                raise

    def _start_both_halves(self, shape: Shape, before: list[str]) -> None:
        kwok = tools() / "kwok" if shape.pods else None
        with ThreadPoolExecutor() as pool:
            halves = [
                pool.submit(self._control_plane().start, shape.controllers, kwok),
                pool.submit(self._start_brokers, shape),
            ]
            try:
                for half in as_completed(halves):
                    half.result()
            except BaseException:
                self._stop_all_but(before)  # the other half sees it and gives up
                raise

    def _start_brokers(self, shape: Shape) -> None:
        brokers = self._brokers(shape)
        brokers.start(brokers.nodes, class_archive.use())

    def _choose_ports(self, shape: Shape) -> None:
        """Ports for everything. A half of which something runs keeps those it has."""
        ports, running = Ports(self._ports_file), self._running()
        brokers = self._brokers(shape)
        control_plane = ControlPlane.process_names(controllers=True, pods=True)
        ports.reserve(ControlPlane.port_names(), keep=any(p in running for p in control_plane))
        ports.reserve(brokers.port_names(), keep=bool(brokers.running()))

    def _stop_all_but(self, names: list[str]) -> None:
        self._stop([p for p in self._processes.all() if p.name not in names])

    def _stop(self, processes: list[Process]) -> None:
        """etcd comes last: an API server that can't reach it takes a minute to end."""
        self._processes.stop([p for p in processes if p.name != ETCD])
        self._processes.stop([p for p in processes if p.name == ETCD])

    def _running(self) -> list[str]:
        return [p.name for p in self._processes.all() if p.is_alive()]

    def _forget_data(self) -> None:
        """Removes everything but the choice of ports, which other shells may have in variables."""
        for entry in self.folder.iterdir():
            if entry in (self._lock, self._ports_file):
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def _control_plane(self) -> ControlPlane:
        ports = Ports(self._ports_file)
        return ControlPlane(self.folder / "kube", self.binaries, self._processes, ports)

    def _brokers(self, shape: Shape) -> Brokers:
        return Brokers(
            self.folder / "kafka",
            self._processes,
            Ports(self._ports_file),
            shape.brokers,
            shape.secure,
        )

    def _shape(self) -> Shape | None:
        """What the last `up` asked for."""
        if not self._shape_file.exists():
            return None
        return Shape(**json.loads(self._shape_file.read_text()))

    def _existing_shape(self) -> Shape:
        shape = self._shape()
        if shape is None:
            raise RigError(f"there is no rig in {self.folder}; start one: scripts/rig up")
        return shape

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    @property
    def _ports_file(self) -> Path:
        return self.folder / "ports.json"

    @property
    def _shape_file(self) -> Path:
        return self.folder / "rig.json"


def _stop_limit(at_once: bool) -> float:
    return 0 if at_once else STOP_SECONDS


def _chosen(nodes: list[int], brokers: Brokers) -> list[int]:
    unknown = set(nodes) - set(brokers.nodes)
    if unknown:
        raise RigError(f"no broker {min(unknown)}; there are {len(brokers.nodes)}")
    return nodes or brokers.nodes
