"""Fixtures of the end-to-end tests.

Every test has a namespace, a topic's name and a group's name of its own, and the operator that it
starts watches that namespace only: tests can run side by side on one rig.
"""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from kubernetes import client, config
from xdist.scheduler import LoadScopeScheduling

from support import definition, faults, judges, recorder
from support.audit import Audit
from support.consumer import Consumer
from support.eventually import eventually
from support.helm import tools
from support.idle_operator import IdleOperator
from support.kafka import Kafka
from support.kubectl import Kubectl, KubectlError
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess, complaints
from support.oracles import Oracles, Outcome
from support.page import Page
from support.platform import Platform
from support.random_logs import SEED
from support.resets import Resets
from support.rig import TREE, NoRig, Rig
from support.rights import ELECTION_RULES, RULES
from support.service_account import ServiceAccount

_OPERATORS = pytest.StashKey[list[OperatorProcess]]()
_RECORDING = pytest.StashKey[ExitStack]()
_IDLE = pytest.StashKey[IdleOperator]()
_VERDICT = pytest.StashKey[str]()
_FAULTS = pytest.StashKey[faults.FaultTable]()
_CRDS = TREE / "crds"
# These modules have a rig or topics of their own: one worker runs all of it.
_TOGETHER = (
    "test_brokers.py",
    "test_connection_rotation.py",
    "test_control_plane.py",
    "test_install.py",
    "test_large_plans.py",
    "test_manifests.py",
    "test_outages.py",
    "test_tenancy.py",
)
_NEED_HELM = ("test_chart.py", "test_gitops.py", "test_install.py", "test_releases.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--idle",
        action="store_true",
        help="judge an idle operator too, which takes five minutes; a run of all tests always does",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Workers inherit it."""
    os.environ.setdefault(SEED, str(secrets.randbelow(2**32)))
    if not _is_worker(config):
        config.stash[_FAULTS] = faults.FaultTable()
        config.pluginmanager.register(config.stash[_FAULTS])
        os.environ[recorder.FOLDER] = tempfile.mkdtemp(prefix="reset-states-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not _is_worker(config):
        shutil.rmtree(os.environ[recorder.FOLDER], ignore_errors=True)


def pytest_report_header() -> str:
    return f"{SEED}={os.environ[SEED]} repeats the random cases of this run"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Without a rig nothing is tested, and that is a failure."""
    try:
        rig = Rig.from_environment()
    except NoRig as error:
        raise pytest.UsageError(str(error)) from error
    if not _is_worker(session.config):
        judges.programs()
        stack = session.config.stash.setdefault(_RECORDING, ExitStack())
        stack.enter_context(recorder.recording(rig.kubeconfig))
        if _is_whole_run(session.config) or session.config.getoption("idle"):
            _install_definitions(Kubectl(rig.kubeconfig))
            idle = IdleOperator(rig)
            stack.callback(idle.close)
            session.config.stash[_IDLE] = idle


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judges what was seen of the run as a whole; a fault is a failure of the run."""
    stack = session.config.stash.get(_RECORDING, None)
    if stack is None:
        return
    try:
        verdict = _idle_verdict(session)
        stack.close()
        states = recorder.recorded()
        verdict += f"{judges.verdict(states)}\n{_reasons_of(states)}"
        _assert_all_faults(session)
    except AssertionError as error:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        verdict = f"FAILED: {error}"
    finally:
        stack.close()
    session.config.stash[_VERDICT] = verdict


def _assert_all_faults(session: pytest.Session) -> None:
    """Of a whole run, and only where no test failed that may have told of one."""
    if session.testsfailed == 0 and _is_whole_run(session.config):
        missing = session.config.stash[_FAULTS].missing()
        assert not missing, f"no test told what comes of {', '.join(missing)}"


def _idle_verdict(session: pytest.Session) -> str:
    """Waits for what is missing of the idle operator's time, unless somebody is in a hurry."""
    idle = session.config.stash.get(_IDLE, None)
    is_complete = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    return f"{idle.verdict()}\n" if idle and is_complete else ""


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash[_FAULTS].lines():
        terminalreporter.write_line(line)
    terminalreporter.write_line(config.stash.get(_VERDICT, ""))


def _reasons_of(states: list[dict]) -> str:
    known = Page(TREE / "docs" / "reasons.md").sections().keys()
    statuses = [found.get("status", {}) for found in states]
    seen = {c["reason"] for status in statuses for c in status.get("conditions", [])}
    left = ", ".join(sorted(known - seen))
    count = f"{len(known & seen)} of {len(known)}"
    return f"resets and connections were there for {count} reasons; not for: {left}"


def _is_whole_run(config: pytest.Config) -> bool:
    """Nothing was selected."""
    chosen = [
        config.getoption(name) for name in ("keyword", "markexpr", "lf", "deselect", "collectonly")
    ]
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(chosen)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


class _Scheduling(LoadScopeScheduling):
    """Spreads single tests, but keeps some modules together. Those come first, as they are long.

    --dist=loadgroup would do it too, but marks no test any more with pytest 9.2 (pytest-xdist 3.8).
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::")[0]
        return module if module.endswith(_TOGETHER) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Scheduling:
    return _Scheduling(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Builds Helm before a test's time runs, and only where a test needs it."""
    if any(item.path.name in _NEED_HELM for item in session.items):
        tools()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Shows the operators' logs where a test failed."""
    report = yield
    if report.failed:
        shared = [v.operator for v in item.funcargs.values() if isinstance(v, Platform)]
        for operator in item.stash.get(_OPERATORS, []) + shared:
            report.sections.append((f"{operator.log_file.name}", operator.output()))
    return report


# What depends on the rig is made anew for each module, as some have a rig of their own.


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig.from_environment()


@pytest.fixture(scope="module")
def crds(rig: Rig) -> None:
    """The resource definitions, installed and served."""
    _install_definitions(Kubectl(rig.kubeconfig))


@pytest.fixture(scope="module")
def api(rig: Rig) -> client.ApiClient:
    """A connection of the kubernetes package to the API server."""
    return config.new_client_from_config(str(rig.kubeconfig))


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> str:
    """A name that tells the test and that nobody else has; fit for Kubernetes and for Kafka."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    return f"{words[:40].strip('-')}-{secrets.token_hex(4)}"


@pytest.fixture
def namespace(api: client.ApiClient, unique: str) -> str:
    """A namespace of its own. It stays: without a controller manager its deletion never ends."""
    metadata = client.V1ObjectMeta(name=unique)
    client.CoreV1Api(api).create_namespace(client.V1Namespace(metadata=metadata))
    return unique


@pytest.fixture
def topic(unique: str) -> str:
    """The name of a topic that is not there yet."""
    return f"topic-{unique}"


@pytest.fixture
def group(unique: str) -> str:
    """The name of a group that is not there yet."""
    return f"group-{unique}"


@pytest.fixture
def kubectl(rig: Rig, crds: None, namespace: str) -> Kubectl:
    """kubectl in the test's namespace: kubectl("get", "ofr"), kubectl.json(...)."""
    return Kubectl(rig.kubeconfig, namespace)


@pytest.fixture
def resets(
    rig: Rig, api: client.ApiClient, kubectl: Kubectl, namespace: str, group: str, topic: str
) -> Resets:
    """Resets of the test's group and topic: resets.apply("replay", to={"offset": 10})."""
    return Resets(rig, api, kubectl, namespace, group, topic)


@pytest.fixture(scope="module")
def kafka(rig: Rig) -> Kafka:
    return Kafka(rig.kafka_bootstrap)


@pytest.fixture(scope="module")
def offsets_log(rig: Rig) -> OffsetsLog:
    return OffsetsLog(rig.kafka_bootstrap)


@pytest.fixture
def audit(rig: Rig, api: client.ApiClient) -> Audit:
    """The API server's audit log from here on."""
    return Audit(rig.audit_log, api)


@pytest.fixture
def outcome(request: pytest.FixtureRequest) -> Outcome:
    """Tells what came of a fault, once it is asserted, for the table at the end of the run:

    outcome("F8", "the leader sleeps", "before SavePlan", "its successor commits once").
    """

    def tell(fault: str, what: str, step: str, came_of_it: str) -> None:
        faults.record(request.node, faults.Row(fault, what, step, came_of_it))

    return tell


@pytest.fixture
def oracles(
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    audit: Audit,
    group: str,
    topic: str,
    namespace: str,
) -> Oracles:
    """Asserts what came of a fault, and says it in a few words."""
    return Oracles(resets, kafka, offsets_log, audit, group, topic, namespace)


@pytest.fixture
def consume(kafka: Kafka, group: str, topic: str) -> Iterator[Callable[..., Consumer]]:
    """Starts consumers, in the test's group unless told otherwise, and ends them afterwards."""
    started: list[Consumer] = []

    def start(of_group: str = group, of_topic: str = topic, **options: object) -> Consumer:
        started.append(Consumer(kafka.bootstrap, of_group, of_topic, **options))
        return started[-1]

    yield start
    for consumer in started:
        consumer.kill()


@pytest.fixture
def account(api: client.ApiClient, namespace: str) -> ServiceAccount:
    """The operators': with the rights that the chart gives it, so that each test needs no other."""
    return ServiceAccount(api, namespace, RULES + ELECTION_RULES)


@pytest.fixture
def make_operator(
    request: pytest.FixtureRequest,
    rig: Rig,
    crds: None,
    api: client.ApiClient,
    account: ServiceAccount,
    namespace: str,
    tmp_path: Path,
) -> Iterator[Callable[..., OperatorProcess]]:
    """Makes operators that are not started yet: make_operator("--workers=1", environment={...})."""
    made = request.node.stash.setdefault(_OPERATORS, [])
    kubeconfig = tmp_path / "kubeconfig"
    account.write_kubeconfig(rig, kubeconfig)
    seen = Audit(rig.audit_log, api)

    def make(
        *flags: str, environment: dict[str, str] | None = None, namespaces: str = namespace
    ) -> OperatorProcess:
        log = tmp_path / f"operator-{len(made) + 1}.log"
        made.append(OperatorProcess(rig, namespaces, log, flags, environment, kubeconfig))
        return made[-1]

    yield make
    if problems := complaints(made):
        pytest.fail("\n".join(problems), pytrace=False)
    assert not seen.never_allowed(account.user), "the chart gives no right to it"


@pytest.fixture
def operator(make_operator: Callable[..., OperatorProcess]) -> OperatorProcess:
    """An operator of the test's namespace that is ready."""
    process = make_operator()
    process.start()
    return process


@pytest.fixture
def hold(make_operator: Callable[..., OperatorProcess]) -> Callable[[str], OperatorProcess]:
    """Starts an operator that stops at a moment, such as hold("after SavePlan").

    At that moment of each pass the process is stopped as a whole, by SIGSTOP; with each_reset=True
    each reset stays there while the others get there too.
    """

    def start(moment: str, each_reset: bool = False) -> OperatorProcess:
        variable = "OFFSET_RESET_HOLD_WORKER" if each_reset else "OFFSET_RESET_HOLD"
        flags = ["--log-level=debug", *(["--workers=64"] if each_reset else [])]
        operator = make_operator(*flags, environment={variable: moment})
        operator.start(wait_ready=False)  # it may be stopped before it could tell that it is
        return operator

    return start


def _install_definitions(kubectl: Kubectl) -> None:
    with _one_at_a_time(_CRDS):
        definition.install(kubectl)
    for name in definition.ALL:
        eventually(f"{name} served", lambda name=name: _is_served(kubectl, name))


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Holds the folder's lock: of processes that apply the same new thing, all but one fail."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_served(kubectl: Kubectl, name: str) -> bool:
    """A definition is established a moment before its resources can be listed."""
    try:
        kubectl("get", name)
    except KubectlError as error:
        raise AssertionError(str(error)) from error
    return True
