"""Releases of an application that move its group: what docs/gitops.md says of Helm."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from support.app_chart import AppChart
from support.consumer import Consumer
from support.eventually import eventually
from support.helm import ToolError
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.page import Page
from support.pod import Pod, report_job
from support.resets import Resets, reason
from support.rig import TREE, Rig

PAGE = Page(TREE / "docs" / "gitops.md")
HOOK = TREE / "docs" / "gitops" / "helm" / "hook.yaml"
RESET = "orders-v3"
REPLICAS = 3
RECORDS = 20

pytestmark = pytest.mark.parametrize("helm", ["helm3", "helm4"])

MakePod = Callable[[dict], Pod]
Template = Callable[[str], str]


@pytest.fixture
def chart(helm: str, rig: Rig, crds: None, namespace: str, tmp_path: Path) -> AppChart:
    return AppChart(helm, rig, namespace, tmp_path / "chart")


@pytest.fixture
def template(rig: Rig, group: str, topic: str) -> Template:
    """A template of the page, for the test's group and topic."""
    own = {"bootstrapServers: kafka:9092": rig.kafka_bootstrap}
    own |= {"groupId: orders-consumer": group, "topic: orders": topic}

    def read(name: str) -> str:
        text = HOOK.read_text() if name == HOOK.name else PAGE.file(f"templates/{name}")
        for field, value in own.items():
            text = text.replace(f"{field}\n", f"{field.split()[0]} {value}\n")
        return text

    return read


@pytest.fixture
def old_version(template: Template) -> str:
    """The Deployment of the release before: its pods don't wait for a reset."""
    deployment = yaml.safe_load(template("deployment.yaml"))
    pod = deployment["spec"]["template"]["spec"]
    del pod["initContainers"], pod["serviceAccountName"]
    return yaml.safe_dump(deployment)


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


@pytest.fixture
def old_pod(commits: None, consume: Callable[..., Consumer]) -> Consumer:
    """The consumer in the old version's pod."""
    consumer = consume()
    consumer.wait_assigned()
    return consumer


@pytest.fixture
def make_pod(rig: Rig, namespace: str, tmp_path: Path) -> MakePod:
    return lambda spec: Pod(rig, namespace, spec, tmp_path)


class HookedUpgrade:
    """An upgrade with the page's hook; in the place of kubelet and Job controller, this test."""

    def __init__(self, chart: AppChart, kubectl: Kubectl, make_pod: MakePod) -> None:
        self._chart = chart
        self._kubectl = kubectl
        self._make_pod = make_pod

    def __call__(self, templates: dict[str, str], background: ThreadPoolExecutor) -> Future[None]:
        """Done, or failed as Helm fails, in the background."""
        job = background.submit(self._run_job)
        helm = background.submit(self._chart.upgrade, templates)
        return background.submit(lambda: (job.result(), helm.result()))

    def replicas(self) -> int:
        return self._kubectl.json("get", "deployment", "orders")["spec"]["replicas"]

    def job(self) -> dict | None:
        jobs = self._kubectl.json("get", "jobs")["items"]
        return jobs[0] if jobs else None

    def _run_job(self) -> None:
        """What it wrote, if it failed, is the Job's message."""
        job = eventually("the hook's Job", self.job)
        problem = self._make_pod(job["spec"]["template"]["spec"]).run()
        report_job(self._kubectl, job["metadata"]["name"], problem)


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as executor:
        yield executor


@pytest.fixture
def upgrade(chart: AppChart, kubectl: Kubectl, make_pod: MakePod) -> HookedUpgrade:
    return HookedUpgrade(chart, kubectl, make_pod)


def test_a_new_version_waits_until_its_group_is_reset(
    chart: AppChart,
    template: Template,
    old_version: str,
    old_pod: Consumer,
    operator: OperatorProcess,
    make_pod: MakePod,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    chart.upgrade({"deployment.yaml": old_version})
    chart.upgrade({n: template(n) for n in ("reset.yaml", "deployment.yaml", "rights.yaml")})
    resets.wait_reason(RESET, "GroupActive")
    deployment = kubectl.json("get", "deployment", "orders")["spec"]
    assert deployment["strategy"]["type"] == "Recreate"
    new_pod = deployment["template"]["spec"]
    (init,) = new_pod["initContainers"]
    with make_pod(new_pod).start(init) as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(1)
        old_pod.stop()
        output, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, output
    assert kafka.committed(group, topic) == {0: 0}


def test_a_hook_stops_the_consumers_and_resets_once_before_the_new_version_starts(
    chart: AppChart,
    upgrade: HookedUpgrade,
    background: ThreadPoolExecutor,
    template: Template,
    old_version: str,
    old_pod: Consumer,
    operator: OperatorProcess,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    chart.upgrade({"deployment.yaml": old_version})
    templates = {"deployment.yaml": old_version, "hook.yaml": template("hook.yaml")}
    upgraded = upgrade(templates, background)
    eventually("the old version stopped", lambda: upgrade.replicas() == 0)
    old_pod.stop()
    upgraded.result()
    assert kafka.committed(group, topic) == {0: 0}
    assert upgrade.replicas() == REPLICAS
    assert upgrade.job() is None

    kafka.commit(group, topic, {0: 7})
    upgrade(templates, background).result()
    assert upgrade.replicas() == REPLICAS
    assert kafka.committed(group, topic) == {0: 7}


def test_a_hook_whose_reset_fails_fails_the_upgrade_and_a_rollback_starts_the_old_version(
    chart: AppChart,
    upgrade: HookedUpgrade,
    background: ThreadPoolExecutor,
    template: Template,
    old_version: str,
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
) -> None:
    chart.upgrade({"deployment.yaml": old_version})
    refused = f"to: {{offset: {RECORDS + 1}}}\n      outOfRange: Fail\n"
    hook = template("hook.yaml").replace("to: {position: Earliest}\n", refused)
    with pytest.raises(ToolError, match="pre-upgrade hooks failed"):
        upgrade({"deployment.yaml": old_version, "hook.yaml": hook}, background).result()
    assert reason(resets.status(RESET)) == "OffsetOutOfRange"
    assert upgrade.replicas() == 0
    chart.rollback()
    assert upgrade.replicas() == REPLICAS


def test_a_reset_that_is_itself_a_hook_is_not_waited_for_and_runs_with_every_upgrade(
    chart: AppChart,
    template: Template,
    old_version: str,
    old_pod: Consumer,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    name = f"  name: {RESET}\n"
    hook = "  annotations: {helm.sh/hook: pre-upgrade}\n"
    templates = {"reset.yaml": template("reset.yaml").replace(name, name + hook)}
    chart.upgrade({"deployment.yaml": old_version})
    chart.upgrade(templates, "--wait")
    resets.wait_reason(RESET, "GroupActive")
    old_pod.stop()
    assert reason(resets.wait_closed(RESET)) == "OffsetsReset"
    kafka.commit(group, topic, {0: 7})
    chart.upgrade(templates, "--wait")
    assert reason(resets.wait_closed(RESET)) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 0}


def test_a_changed_reset_fails_the_upgrade_and_stays_as_it_was(
    chart: AppChart, template: Template, resets: Resets
) -> None:
    chart.upgrade({"reset.yaml": template("reset.yaml")})
    before = resets.get(RESET)
    with pytest.raises(ToolError, match="spec can't be changed, as a reset is done once"):
        chart.upgrade({"reset.yaml": template("reset.yaml").replace("Earliest", "Latest")})
    assert resets.get(RESET) == before


def test_a_reset_goes_with_its_release_and_runs_again_with_an_upgrade_that_brings_it_back(
    chart: AppChart,
    template: Template,
    old_version: str,
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    with_reset = {"deployment.yaml": old_version, "reset.yaml": template("reset.yaml")}
    chart.upgrade({"deployment.yaml": old_version})
    chart.upgrade(with_reset)
    resets.wait_closed(RESET)
    kafka.commit(group, topic, {0: 7})
    chart.rollback()
    assert resets.all() == []
    assert kafka.committed(group, topic) == {0: 7}
    chart.upgrade(with_reset)
    resets.wait_closed(RESET)
    assert kafka.committed(group, topic) == {0: 0}


def test_helm_3_does_not_wait_for_a_reset_but_kubectl_does(
    helm: str,
    chart: AppChart,
    template: Template,
    old_pod: Consumer,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
) -> None:
    if helm == "helm4":
        with pytest.raises(ToolError, match="InProgress"):
            chart.upgrade({"reset.yaml": template("reset.yaml")}, "--wait", "--timeout=5s")
    else:
        chart.upgrade({"reset.yaml": template("reset.yaml")}, "--wait")
    resets.wait_reason(RESET, "GroupActive")
    old_pod.stop()
    kubectl("wait", "--for=condition=Succeeded", "--timeout=30s", f"ofr/{RESET}")
