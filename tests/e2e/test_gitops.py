"""docs/gitops.md: what GitOps tools, Helm's --wait and kubectl wait make of resets."""

import copy
from pathlib import Path

import pytest
import yaml

from support import judges, recorder
from support.helm import CHART, run
from support.judges import CONNECTION_HEALTH, HEALTH, Health
from support.kafka import Kafka
from support.kubectl import Kubectl, KubectlError
from support.operator_process import OperatorProcess
from support.page import Page
from support.resets import Resets, reason
from support.rig import TREE, Rig

PAGE = Page(TREE / "docs" / "gitops.md")
SAMPLES = yaml.safe_load((HEALTH.parent / "health_test.yaml").read_text())["tests"]
CONNECTIONS = CONNECTION_HEALTH.parent
CONNECTION_SAMPLES = yaml.safe_load((CONNECTIONS / "health_test.yaml").read_text())["tests"]
OF_KSTATUS = {"Healthy": "Current", "Degraded": "Failed", "Progressing": "InProgress"}
HEALTH_OF = "resource.customizations.health.offsetreset.io_"  # in argocd-cm
RECORDS = 20

# On the client's side as Argo CD does by default, or on the server's side as Flux does.
flux_and_argo_cd = pytest.mark.parametrize(
    "flags", [[], ["--server-side", "--field-manager=flux"]], ids=["client", "server"]
)


def documents(text: str) -> list[dict]:
    return [found for found in yaml.safe_load_all(text) if found]


def sample(path: str, folder: Path = HEALTH.parent) -> dict:
    (found,) = documents((folder / path).read_text())
    return found


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


# What tools make of a state. That of each state that any test sees is judged at the end of a run.


@pytest.mark.parametrize("case", SAMPLES, ids=lambda case: Path(case["inputPath"]).stem)
def test_argo_cd_shows_a_resets_health(case: dict) -> None:
    wanted = case["healthStatus"]
    assert judges.argo_cd([sample(case["inputPath"])]) == [
        Health(wanted["status"], wanted["message"])
    ]


@pytest.mark.parametrize("case", CONNECTION_SAMPLES, ids=lambda case: Path(case["inputPath"]).stem)
def test_argo_cd_and_kstatus_tell_a_connections_health(case: dict) -> None:
    wanted = case["healthStatus"]
    connection = sample(case["inputPath"], CONNECTIONS)
    health = Health(wanted["status"], wanted["message"])
    assert judges.argo_cd([connection], CONNECTION_HEALTH) == [health]
    assert judges.kstatus([connection]) == [OF_KSTATUS[wanted["status"]]]


def test_every_sample_of_a_connection_has_a_health_and_would_be_stored(kubectl: Kubectl) -> None:
    files = sorted((CONNECTIONS / "testdata").iterdir())
    assert files == sorted(CONNECTIONS / case["inputPath"] for case in CONNECTION_SAMPLES)
    for file in files:
        manifest = sample(file.name, file.parent)
        metadata = {"name": manifest["metadata"]["name"]}
        stored = manifest | {"metadata": metadata}
        kubectl.create(stored, "--dry-run=server", "--validate=strict")


def test_every_sample_of_a_health_is_one_that_resets_can_be_in() -> None:
    files = sorted((HEALTH.parent / "testdata").iterdir())
    assert files == sorted(HEALTH.parent / case["inputPath"] for case in SAMPLES)
    assert judges.verdict([sample(case["inputPath"]) for case in SAMPLES])


@pytest.mark.parametrize(
    "file, types, misread",
    [
        ("waiting", {"Ready": "True", "Reconciling": "False"}, "kstatus says Current"),
        ("waiting", {"Succeeded": "True"}, "Argo CD says Healthy where Progressing"),
        ("waiting", {"Reconciling": "False", "Stalled": "True"}, "kstatus says Failed"),
        ("failed", {"Stalled": "False"}, "kstatus says InProgress where Failed"),
        ("succeeded", {"Ready": "Unknown"}, "kstatus says InProgress where Current"),
    ],
)
def test_a_state_that_a_tool_would_misread_is_found(
    file: str, types: dict[str, str], misread: str
) -> None:
    reset = copy.deepcopy(sample(f"testdata/{file}.yaml"))
    conditions = {c["type"]: c for c in reset["status"]["conditions"]}
    for name, value in types.items():
        conditions[name] = conditions["Ready"] | {"type": name, "status": value}
    reset["status"]["conditions"] = list(conditions.values())
    with pytest.raises(AssertionError, match=misread):
        judges.verdict([reset])


def test_a_watch_that_sees_nothing_does_not_pass_for_one_that_finds_no_fault(
    rig: Rig, resets: Resets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(recorder.FOLDER, str(tmp_path))
    monkeypatch.setattr(recorder, "CATCH_UP_SECONDS", 1)
    monkeypatch.setattr(recorder.Recorder, "take", lambda *_: None)
    with (
        pytest.raises(AssertionError, match="not watched to the end"),
        recorder.recording(rig.kubeconfig),
    ):
        resets.apply("replay", to={"offset": 10})


@pytest.mark.parametrize(
    "condition, offset", [("Succeeded", 10), ("Ready", 10), ("Stalled", RECORDS + 1)]
)
def test_kubectl_waits_for_any_condition(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    condition: str,
    offset: int,
) -> None:
    resets.apply("replay", to={"offset": offset}, outOfRange="Fail")
    kubectl("wait", f"--for=condition={condition}", "--timeout=30s", "ofr/replay")
    assert resets.status("replay")["closed"]


# The page's manifests and commands.


def test_the_page_shows_the_health_check_as_it_is_tested(kubectl: Kubectl, tmp_path: Path) -> None:
    (tmp_path / "argocd-cm.yaml").write_text(PAGE.file("argocd-cm.yaml"))
    command = "patch configmap argocd-cm --patch-file argocd-cm.yaml"
    assert f"    kubectl -n argocd {command}\n" in PAGE.text
    kubectl("create", "configmap", "argocd-cm", "--from-literal=url=https://argocd.example.com")
    kubectl(*command.split()[:-1], str(tmp_path / "argocd-cm.yaml"))
    assert kubectl.json("get", "configmap", "argocd-cm")["data"] == {
        "url": "https://argocd.example.com",
        f"{HEALTH_OF}OffsetReset": HEALTH.read_text(),
        f"{HEALTH_OF}KafkaConnection": CONNECTION_HEALTH.read_text(),
        f"{HEALTH_OF}ClusterKafkaConnection": CONNECTION_HEALTH.read_text(),
    }


def of_flux() -> list[str]:
    return [block for block in PAGE.blocks() if ".toolkit.fluxcd.io/" in block]


def test_flux_knows_all_that_its_manifests_say() -> None:
    kinds = "".join(judges.flux(block) for block in of_flux())
    assert kinds.splitlines() == [
        "source.toolkit.fluxcd.io/v1 GitRepository",
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        "kustomize.toolkit.fluxcd.io/v1 Kustomization",
        "kustomize.toolkit.fluxcd.io/v1 Kustomization",
    ]
    (checks,) = [block for block in PAGE.blocks() if "healthChecks:" in block]
    kustomization = of_flux()[1].split("---")[0].replace("  wait: true\n", checks.split("\n", 1)[1])
    assert "healthChecks:" in kustomization
    judges.flux(kustomization)
    with pytest.raises(AssertionError, match="healthCheck"):
        judges.flux(kustomization.replace("healthChecks", "healthCheck"))


def test_the_chart_takes_the_values_of_the_helm_release() -> None:
    (release,) = [d for block in of_flux() for d in documents(block) if d["kind"] == "HelmRelease"]
    spec = release["spec"]
    assert TREE / spec["chart"]["spec"]["chart"] == CHART
    values = yaml.safe_dump(spec["values"])
    text = run("helm4", "template", spec["releaseName"], CHART, "--values=-", stdin=values)
    (deployment,) = [found for found in documents(text) if found["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith(spec["values"]["image"]["repository"] + ":")


# What the page says of a manifest that is applied again and again.


@flux_and_argo_cd
def test_a_manifest_is_done_once_and_a_changed_one_is_refused(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    flags: list[str],
) -> None:
    def apply(offset: int, *more: str) -> None:
        manifest = yaml.safe_dump(resets.manifest("replay", to={"offset": offset}))
        kubectl("apply", *flags, *more, "-f", "-", stdin=manifest)

    apply(10)
    resets.wait_closed("replay")
    before = resets.get("replay")
    apply(10)
    assert resets.get("replay") == before
    with pytest.raises(KubectlError) as refused:
        apply(11)
    words = (
        "spec can't be changed, as a reset is done once: create another OffsetReset, with another"
    )
    assert words in str(refused.value)
    assert words in " ".join(PAGE.text.split())
    assert resets.get("replay") == before


@flux_and_argo_cd
def test_applying_it_without_dry_run_approves_a_plan(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
    flags: list[str],
) -> None:
    for dry_run, outcome, offset in (
        (True, "DryRunSucceeded", RECORDS),
        (False, "OffsetsReset", 10),
    ):
        manifest = resets.manifest("replay", to={"offset": 10}, dryRun=dry_run)
        kubectl("apply", *flags, "-f", "-", stdin=yaml.safe_dump(manifest))
        resets.wait_reason("replay", outcome)
        assert kafka.committed(group, topic) == {0: offset}


def test_a_tool_that_forces_a_change_makes_the_reset_run_again(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to={"offset": 10})
    resets.wait_closed("replay")
    changed = yaml.safe_dump(resets.manifest("replay", to={"offset": 11}))
    kubectl("replace", "--force", "-f", "-", stdin=changed)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 11}


def test_deleting_a_reset_that_is_over_moves_nothing_back(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to={"offset": 10})
    resets.wait_closed("replay")
    resets.delete("replay")
    resets.apply("another", to={"offset": 10})
    assert reason(resets.wait_closed("another")) == "NothingToReset"
    assert kafka.committed(group, topic) == {0: 10}
