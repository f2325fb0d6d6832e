"""What is slow to make, made once and kept in a cache outside the tree.

Every artifact is a folder named after a hash of its inputs. It is made under another name and
moved into place when it is whole, so one that exists can be used.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.errors import RigError
from rig.report import Stopwatch, minutes, say

_SOURCES = Path(__file__).resolve().parent
_KUBE_SOURCES = _SOURCES / "kube"
_TOOLS_SOURCES = _SOURCES / "tools"
_GITOPS_SOURCES = _SOURCES / "gitops"
_KAFKA_POM = _SOURCES / "kafka" / "pom.xml"
_NO_FLUSH = _SOURCES / "kafka" / "no_flush.c"
_PROGRESS_SECONDS = 30
_FETCH_PAUSES = (5, 20)  # seconds before what fetches is run again: registries have bad moments
SCRAM_USERS = ("admin", "alice", "bob")  # password: the name and -secret
_OLDEST_GO = (1, 21)  # the first that fetches the toolchain a go.mod asks for
_PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
# Packages of tests/rig/tools/go.mod, by the name of the program.
_TOOLS = {
    "helm3": "helm.sh/helm/v3/cmd/helm",
    "helm4": "helm.sh/helm/v4/cmd/helm",
    "helm-unittest": "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
    "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform",
    "kwok": "sigs.k8s.io/kwok/cmd/kwok",
}


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "offset-reset-operator"


@dataclass(frozen=True)
class Artifact:
    """A folder in the cache, and how to fill it."""

    name: str  # for people
    folder: Path
    takes: str  # how long, for people
    make: Callable[[Path, Path], None]  # (empty folder to fill, log file)

    def ensure(self) -> Path:
        """The folder, made now if it is missing; a second caller waits for the first."""
        if self.folder.is_dir():
            return self.folder
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(self.folder.with_name(self.folder.name + ".lock"), self.name):
            if not self.folder.is_dir():
                self._make()
        return self.folder

    def _make(self) -> None:
        watch = Stopwatch()
        log = self.folder.parent / "log" / f"{self.folder.name}.log"
        log.parent.mkdir(exist_ok=True)
        say(f"building {self.name}; takes {self.takes}, once (log: {log})")
        draft = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}.", dir=self.folder.parent))
        try:
            draft.chmod(0o755)
            self.make(draft, log)
            draft.rename(self.folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        say(f"built {self.name} in {minutes(watch.seconds())} min")


def kube() -> Artifact:
    """bin/kube, the control plane in one static binary, and a symlink a program."""
    sources = sorted(_KUBE_SOURCES.glob("*.go"))
    inputs = [*sources, _KUBE_SOURCES / "go.mod", _KUBE_SOURCES / "go.sum"]
    return Artifact(
        name="the Kubernetes control plane",
        folder=cache_folder() / f"kube-{key([f.read_bytes() for f in inputs])}",
        takes="6 to 12 minutes on 2 cores",
        make=_build_kube,
    )


def kafka() -> Artifact:
    """lib/, the jars of a broker and its tools, and the metadata a new cluster begins with."""
    inputs = [_KAFKA_POM.read_bytes(), repr(SCRAM_USERS).encode()]
    return Artifact(
        name="Kafka",
        folder=cache_folder() / f"kafka-{key(inputs)}",
        takes="10 seconds to a minute",
        make=_fetch_kafka,
    )


def no_flush() -> Artifact:
    """no_flush.so, with which a program does not wait for the disk."""
    return Artifact(
        name="a library that waits for no disk",
        folder=cache_folder() / f"no-flush-{key([_NO_FLUSH.read_bytes()])}",
        takes="a second",
        make=_build_no_flush,
    )


def tools() -> Artifact:
    """bin/helm3, bin/helm4 and the other tools that only tests of the chart need."""
    inputs = [(_TOOLS_SOURCES / name).read_bytes() for name in ("go.mod", "go.sum")]
    inputs += [repr(_TOOLS).encode(), _tools_ldflags().encode()]
    return Artifact(
        name="the chart's tools",
        folder=cache_folder() / f"tools-{key(inputs)}",
        takes="2 to 6 minutes on 2 cores",
        make=_build_tools,
    )


def gitops() -> Artifact:
    """bin/kstatus and bin/fluxtypes: what GitOps tools make of objects."""
    inputs = [_GITOPS_SOURCES / "go.mod", _GITOPS_SOURCES / "go.sum"]
    inputs += sorted(_GITOPS_SOURCES.glob("*/*.go"))
    return Artifact(
        name="the judges of GitOps",
        folder=cache_folder() / f"gitops-{key([f.read_bytes() for f in inputs])}",
        takes="half a minute on 2 cores",
        make=_build_gitops,
    )


def key(inputs: list[bytes]) -> str:
    """A short name for these inputs on this kind of machine."""
    digest = hashlib.sha256(platform.machine().encode())
    for content in inputs:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _build_kube(draft: Path, log: Path) -> None:
    go = find_go()
    env = {"GOTOOLCHAIN": "auto"} | os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    _fetch([go, "list", "-deps", "."], cwd=_KUBE_SOURCES, env=env, log=log)
    packages = _lines(log)
    binaries = draft / "bin"
    binaries.mkdir()
    command = [go, "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", _kube_ldflags()]
    _run(
        [*command, "-o", str(binaries / "kube"), "."],
        cwd=_KUBE_SOURCES, env=env, log=log,
        progress=lambda: f"{_lines(log)} of about {packages} packages compiled",
    )  # fmt: skip
    for program in _PROGRAMS:
        (binaries / program).symlink_to("kube")


def _build_tools(draft: Path, log: Path) -> None:
    go = find_go()
    env = {"GOTOOLCHAIN": "auto"} | os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    flags = _tools_ldflags()
    _fetch([go, "list", "-deps", *_TOOLS.values()], cwd=_TOOLS_SOURCES, env=env, log=log)
    (draft / "bin").mkdir()
    for name, package in _TOOLS.items():
        command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", flags]
        _run(
            [*command, "-o", str(draft / "bin" / name), package],
            cwd=_TOOLS_SOURCES, env=env, log=log, progress=lambda name=name: f"building {name}",
        )  # fmt: skip


def _build_gitops(draft: Path, log: Path) -> None:
    go = find_go()
    env = {"GOTOOLCHAIN": "auto"} | os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    _fetch([go, "list", "-deps", "./..."], cwd=_GITOPS_SOURCES, env=env, log=log)
    binaries = draft / "bin"
    binaries.mkdir()
    command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w"]
    _run(
        [*command, "-o", f"{binaries}/", "./..."],
        cwd=_GITOPS_SOURCES, env=env, log=log, progress=lambda: "building kstatus and fluxtypes",
    )  # fmt: skip


def _tools_ldflags() -> str:
    """Stamps Helm as its own releases are; else Helm 3 takes a cluster to be Kubernetes 1.20."""
    module = (_TOOLS_SOURCES / "go.mod").read_text()
    versions = dict(re.findall(r"^\s*(\S+) (v\d+\.\d+\.\d+)", module, re.MULTILINE))
    minor = versions["k8s.io/client-go"].split(".")[1]
    stamps = [
        f"helm.sh/helm/{v}/internal/version.version={versions[f'helm.sh/helm/{v}']}"
        for v in ("v3", "v4")
    ]
    for package in ("helm.sh/helm/v3/pkg/chartutil", "helm.sh/helm/v3/pkg/lint/rules"):
        stamps += [f"{package}.k8sVersionMajor=1", f"{package}.k8sVersionMinor={minor}"]
    return " ".join(["-s -w", *(f"-X {stamp}" for stamp in stamps)])


def _kube_ldflags() -> str:
    """Stamps the release into the binary: clients and Helm look at the server's version."""
    module = (_KUBE_SOURCES / "go.mod").read_text()
    version = re.search(r"k8s\.io/kubernetes (v1\.(\d+)\.\d+)", module)
    if version is None:
        raise RigError("tests/rig/kube/go.mod names no release of k8s.io/kubernetes")
    stamp = {
        "gitVersion": version[1],
        "gitMajor": "1",
        "gitMinor": version[2],
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(
        ["-s -w", *(f"-X {package}.{k}={v}" for package in packages for k, v in stamp.items())]
    )


def find_go() -> str:
    """A Go command new enough to fetch the toolchain that go.mod asks for."""
    for go in (shutil.which("go"), str(cache_folder() / "go" / "bin" / "go")):
        if go is not None and Path(go).exists() and _go_version(go) >= _OLDEST_GO:
            return go
    wanted = ".".join(map(str, _OLDEST_GO))
    raise RigError(f"Go {wanted} or newer is needed to build the control plane; run scripts/setup")


def _go_version(go: str) -> tuple[int, int]:
    said = subprocess.run([go, "version"], capture_output=True, text=True, cwd="/").stdout
    version = re.search(r"go(\d+)\.(\d+)", said)
    return (int(version[1]), int(version[2])) if version else (0, 0)


def find_java() -> str:
    java = shutil.which("java")
    if java is None:
        raise RigError("Java 17 or newer is needed to run Kafka; run scripts/setup")
    return java


def _fetch_kafka(draft: Path, log: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise RigError("Maven is needed to fetch Kafka; run scripts/setup")
    # -U: also what it could not fetch the last time.
    command = [maven, "-q", "-B", "-U", "-f", str(_KAFKA_POM), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={draft / 'lib'}"]
    _fetch(command, cwd=draft, env=dict(os.environ), log=log)
    _write_bootstrap_metadata(draft, log)


def _write_bootstrap_metadata(draft: Path, log: Path) -> None:
    """bootstrap.checkpoint: feature levels and SCRAM users, as Kafka's format command writes them.

    It does not depend on the broker, so it is made once here and copied: formatting takes over a
    second for each broker.
    """
    with tempfile.TemporaryDirectory() as folder:
        properties = Path(folder, "server.properties")
        properties.write_text(
            "process.roles=broker,controller\nnode.id=1\n"
            "controller.listener.names=CONTROLLER\ncontroller.quorum.voters=1@localhost:1\n"
            f"listeners=PLAINTEXT://:2,CONTROLLER://:1\nlog.dirs={folder}/data\n"
        )
        command = [find_java(), "-cp", f"{draft}/lib/*", "kafka.tools.StorageTool", "format"]
        command += ["--cluster-id", "AAAAAAAAAAAAAAAAAAAAAA", "--config", str(properties)]
        for user in SCRAM_USERS:
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
                credential = f"{mechanism}=[name={user},password={user}-secret]"
                command += ["--add-scram", credential]
        _run(command, cwd=draft, env=dict(os.environ), log=log, progress=lambda: "formatting")
        shutil.copy(Path(folder, "data", "bootstrap.checkpoint"), draft)


def _fetch(command: list[str], cwd: Path, env: dict[str, str], log: Path) -> None:
    for pause in (*_FETCH_PAUSES, None):
        try:
            return _run(command, cwd=cwd, env=env, log=log, progress=lambda: "fetching")
        except RigError as error:
            if pause is None:
                raise
            say(f"{error}\nonce more in {pause} s")
            time.sleep(pause)


def _build_no_flush(draft: Path, log: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise RigError("A C compiler is needed to run Kafka; run scripts/setup")
    command = [compiler, "-shared", "-fPIC", "-o", str(draft / "no_flush.so"), str(_NO_FLUSH)]
    _run(command, cwd=draft, env=dict(os.environ), log=log, progress=lambda: "compiling")


def _run(
    command: list[str], cwd: Path, env: dict[str, str], log: Path, progress: Callable[[], str]
) -> None:
    """Runs a long command, saying now and then how far it is; it ends with us."""
    watch = Stopwatch()
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        while True:
            try:
                child.wait(_PROGRESS_SECONDS)
                break
            except subprocess.TimeoutExpired:
                say(f"  {minutes(watch.seconds())} min: {progress()}")
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait()
    if child.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise RigError(f"{Path(command[0]).name} failed; the end of {log}:\n{end}")


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n")


@contextlib.contextmanager
def _only_one(lock: Path, name: str) -> Iterator[None]:
    """Holds a lock that ends with this process, however it ends."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            watch = Stopwatch()
            say(f"waiting for another process that is building {name}")
            fcntl.flock(file, fcntl.LOCK_EX)
            say(f"waited {watch}")
        yield
