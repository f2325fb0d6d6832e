"""The operator is installed into a cluster: by both versions of Helm, and by kustomize.

The cluster's pods are only said to run. The operator runs on this machine, with what its pod would
have been given.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from rig.ports import free_port
from support.audit import Audit
from support.deployed_operator import DeployedOperator
from support.eventually import eventually
from support.helm import CHART, NAME, ToolError, run
from support.kafka import Kafka
from support.kubectl import Kubectl, KubectlError
from support.resets import Resets, condition, reason
from support.rig import TREE, Rig
from support.rights import (
    CLUSTER_CONNECTION_RULES,
    CLUSTER_CREDENTIAL_RULES,
    ELECTION_RULES,
    RULES,
    rights,
)

RECORDS = 20
CRD = "offsetresets.offsetreset.io"
RESETS_FILE = "offsetreset.io_offsetresets"
OPENAPI = "/openapi/v3/apis/offsetreset.io/v1alpha1"
CLUSTER_CONNECTIONS = f"{NAME}-cluster-connections"  # a role's name
ROLES = {NAME: RULES, CLUSTER_CONNECTIONS: CLUSTER_CONNECTION_RULES}
LONG = 60  # seconds that a wait may take, much more than it does
FLAGS = [f"--namespace={NAME}", "--wait", "--timeout=60s"]
both_helms = pytest.mark.parametrize("helm", ["helm3", "helm4"])


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One of their own: with Deployments that become available, and definitions that go."""
    with Rig.own(tmp_path_factory.mktemp("rig"), "--pods") as own:
        Kubectl(own.kubeconfig).apply(*_restricted_namespace())
        yield own


@pytest.fixture(scope="module")
def crds() -> None:
    """The chart brings them."""


@pytest.fixture
def helm() -> str:
    return "helm4"


@pytest.fixture
def installed(rig: Rig, helm: str) -> Iterator[None]:
    """The chart with its defaults, but for ports that are free on this machine."""
    with _installed(rig, helm):
        yield


@pytest.fixture
def deployed(installed: None, rig: Rig, tmp_path: Path) -> Iterator[DeployedOperator]:
    """The operator as the chart deploys it; not started yet."""
    operator = DeployedOperator(rig, NAME, NAME, tmp_path)
    yield operator
    operator.stop()
    assert not operator.sanitizer_report()


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


@pytest.fixture
def use_connections(rig: Rig, resets: Resets, kubectl: Kubectl) -> Callable[[], None]:
    """Applies resets by connections of both kinds, which need all that is for connections.

    They name Secrets, and so can't work: the rig's brokers ask for no password.
    """
    name = kubectl.namespace  # the one kind is in no namespace
    sasl = {
        "mechanism": "PLAIN",
        "username": "resets",
        "passwordFrom": {"secretKeyRef": {"name": name, "key": "password"}},
    }
    ca = {"configMapKeyRef": {"name": name, "key": "ca.crt"}}
    itself = {"matchLabels": {"kubernetes.io/metadata.name": name}}
    access = [{"namespaceSelector": itself, "groups": ["*"], "topics": ["*"]}]

    def connection(kind: str, **fields: object) -> dict:
        spec = {"bootstrapServers": [rig.kafka_bootstrap], "sasl": sasl} | fields
        manifest = {"apiVersion": "offsetreset.io/v1alpha1", "kind": kind}
        return manifest | {"metadata": {"name": name}, "spec": spec}

    def use() -> None:
        for to in (kubectl, Kubectl(rig.kubeconfig, NAME)):
            to("create", "secret", "generic", name, "--from-literal=password=a")
            to("create", "configmap", name, "--from-literal=ca.crt=none")
        kubectl.apply(
            connection("KafkaConnection"),
            connection("ClusterKafkaConnection", tls={"ca": ca}, access=access),
        )
        for kind in ("KafkaConnection", "ClusterKafkaConnection"):
            reference = {"kind": kind, "name": name}
            fields = {"bootstrapServers": None, "connectionRef": reference, "groupId": kind}
            resets.apply(f"by-{kind.lower()}", to={"offset": 0}, **fields)

    return use


@pytest.fixture
def use_every_right(
    commits: None,
    use_connections: Callable[[], None],
    resets: Resets,
    kubectl: Kubectl,
    group: str,
    topic: str,
) -> Callable[[], None]:
    """Applies resets which, done in order, need all that the operator may do but one right."""

    def use() -> None:
        positions = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "positions"}}
        kubectl.apply(positions | {"data": {"a.csv": f"{topic},0,5\n"}})
        reference = {"configMapKeyRef": {"name": "positions", "key": "a.csv"}}
        resets.apply("replay", topic=None, to={"csvFrom": reference})
        resets.apply("undo-replay", topic=None, to={"undo": "replay"})
        brief = {"groupId": f"{group}-brief", "ttlSecondsAfterFinished": 0}
        resets.apply("brief", to={"offset": 0}, **brief)
        use_connections()

    return use


def _wait_connections_used(resets: Resets) -> None:
    for kind in ("kafkaconnection", "clusterkafkaconnection"):
        resets.wait_reason(f"by-{kind}", "NotAuthenticated")


def _tell_twice(resets: Resets) -> None:
    """Needs that one: an event of which there is one like it is counted there."""
    resets.apply("paused", to={"offset": 1}, suspend=True, notBefore="2100-01-01T00:00:00Z")
    for seen in ("Suspended", "NotYet", "Suspended"):
        resets.wait_reason("paused", seen)
        resets.patch("paused", suspend=seen == "NotYet")


def _restricted_namespace() -> list[dict]:
    return list(yaml.safe_load_all((TREE / "deploy" / "namespace.yaml").read_text()))


@contextmanager
def _installed(rig: Rig, helm: str, *values: str, chart: Path = CHART) -> Iterator[None]:
    ports = [f"--set={name}.port={free_port()}" for name in ("metrics", "health")]
    run(helm, "install", NAME, chart, *FLAGS, *ports, *values, rig=rig)
    try:
        yield
    finally:
        run(helm, "uninstall", NAME, *FLAGS, rig=rig)


@both_helms
def test_an_operator_that_helm_installed_does_a_reset_and_is_never_refused(
    helm: str,
    use_every_right: Callable[[], None],
    deployed: DeployedOperator,
    audit: Audit,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    deployed.start()
    use_every_right()
    _tell_twice(resets)
    resets.wait_gone("brief")
    _wait_connections_used(resets)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert reason(resets.wait_closed("undo-replay")) == "OffsetsReset"
    assert resets.rows("replay")[0]["after"] == 5
    assert kafka.committed(group, topic) == {0: RECORDS}
    assert deployed.stop() == 0  # tells what it has not told yet
    assert not audit.refused()


def test_an_operator_of_one_namespace_needs_no_right_outside_of_it_but_for_cluster_connections(
    rig: Rig,
    use_every_right: Callable[[], None],
    audit: Audit,
    resets: Resets,
    kubectl: Kubectl,
    namespace: str,
    tmp_path: Path,
) -> None:
    with _installed(rig, "helm4", f"--set=watchNamespaces={{{namespace}}}"):
        assert f"/{NAME}\n" not in kubectl("get", "clusterroles,clusterrolebindings", "-o=name")
        own = Kubectl(rig.kubeconfig, NAME).json("get", "role", CLUSTER_CONNECTIONS)
        assert own["rules"] == CLUSTER_CREDENTIAL_RULES
        operator = DeployedOperator(rig, NAME, NAME, tmp_path)
        try:
            operator.start()
            use_every_right()
            _tell_twice(resets)
            resets.wait_gone("brief")
            _wait_connections_used(resets)
            assert reason(resets.wait_closed("undo-replay")) == "OffsetsReset"
        finally:
            operator.stop()
        assert not audit.refused()


@pytest.mark.parametrize("spared", rights(CLUSTER_CREDENTIAL_RULES))
def test_an_operator_of_one_namespace_needs_each_right_in_its_own_namespace(
    spared: tuple[str, str],
    rig: Rig,
    use_connections: Callable[[], None],
    audit: Audit,
    namespace: str,
    tmp_path: Path,
) -> None:
    operators = Kubectl(rig.kubeconfig, NAME)
    with _installed(rig, "helm4", f"--set=watchNamespaces={{{namespace}}}"):
        role = operators.json("get", "role", CLUSTER_CONNECTIONS)
        role["rules"] = [rule for rule in role["rules"] if rule["resources"] != [spared[0]]]
        operators("replace", "-f", "-", stdin=yaml.safe_dump(role))
        use_connections()
        operator = DeployedOperator(rig, NAME, NAME, tmp_path)
        try:
            operator.start()
            refused = eventually("refused", audit.refused)
        finally:
            operator.stop()
        assert {(r.resource, r.verb, r.namespace) for r in refused} == {(*spared, NAME)}


def test_an_operator_without_cluster_connections_asks_for_nothing_outside_of_its_namespace(
    rig: Rig,
    use_connections: Callable[[], None],
    audit: Audit,
    resets: Resets,
    tmp_path: Path,
    kubectl: Kubectl,
    namespace: str,
) -> None:
    values = [f"--set=watchNamespaces={{{namespace}}}", "--set=clusterConnections.enabled=false"]
    with _installed(rig, "helm4", *values):
        assert NAME not in kubectl("get", "clusterrolebindings", "-o=name")
        use_connections()
        operator = DeployedOperator(rig, NAME, NAME, tmp_path)
        try:
            operator.start()
            resets.wait_reason("by-kafkaconnection", "NotAuthenticated")
            status = resets.wait_closed("by-clusterkafkaconnection")
        finally:
            operator.stop()
        assert reason(status) == "AccessDenied"
        assert "--cluster-connections=false" in condition(status, "Succeeded")["message"]
        assert not audit.refused()


@pytest.mark.parametrize("spared", [None, *rights(ELECTION_RULES)])
def test_of_two_replicas_one_leads_and_needs_each_right_that_it_has(
    spared: tuple[str, str] | None,
    rig: Rig,
    namespace: str,
    kubectl: Kubectl,
    audit: Audit,
    tmp_path: Path,
) -> None:
    role = f"{NAME}-leader-election"
    operators = Kubectl(rig.kubeconfig, NAME)
    values = ["--set=replicas=2", f"--set=watchNamespaces={{{namespace}}}"]
    with _installed(rig, "helm4", *values):
        operators("delete", "lease", NAME, "--ignore-not-found")
        rules = operators.json("get", "role", role)
        assert rules["rules"] == ELECTION_RULES
        for rule in rules["rules"]:
            rule["verbs"] = [v for v in rule["verbs"] if (*rule["resources"], v) != spared] or [
                "none"
            ]
        operators("replace", "-f", "-", stdin=yaml.safe_dump(rules))
        operator = DeployedOperator(rig, NAME, NAME, tmp_path)
        try:
            operator.start()
            if spared:
                refused = eventually("refused", audit.refused)
                assert {(r.resource, r.verb) for r in refused} == {spared}
            else:
                operator.wait_log(msg="became leader")
        finally:
            operator.stop()
        assert spared or not audit.refused()


def test_helm_4_waits_for_a_reset_in_a_chart_and_fails_at_once_when_it_fails(
    deployed: DeployedOperator,
    rig: Rig,
    commits: None,
    resets: Resets,
    namespace: str,
    tmp_path: Path,
) -> None:
    deployed.start()

    def upgrade(reset: dict) -> None:
        (tmp_path / "app" / "templates").mkdir(parents=True, exist_ok=True)
        (tmp_path / "app" / "Chart.yaml").write_text("{apiVersion: v2, name: app, version: 1.0.0}")
        (tmp_path / "app" / "templates" / "reset.yaml").write_text(yaml.safe_dump(reset))
        flags = [f"--namespace={namespace}", "--install", "--wait", f"--timeout={LONG}s"]
        run("helm4", "upgrade", "app", tmp_path / "app", *flags, rig=rig)

    upgrade(resets.manifest("version-2", to={"offset": 5}))
    assert reason(resets.status("version-2")) == "OffsetsReset"
    began = time.monotonic()
    with pytest.raises(ToolError, match="version-3"):
        upgrade(resets.manifest("version-3", to={"offset": RECORDS + 1}, outOfRange="Fail"))
    assert time.monotonic() - began < LONG / 2
    assert reason(resets.status("version-3")) == "OffsetOutOfRange"


@pytest.mark.parametrize(
    "role_name, resource, verb",
    [(name, *right) for name, rules in ROLES.items() for right in rights(rules)],
)
def test_no_right_of_the_operator_can_be_spared(
    role_name: str,
    resource: str,
    verb: str,
    use_every_right: Callable[[], None],
    deployed: DeployedOperator,
    audit: Audit,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    role = kubectl.json("get", "clusterrole", role_name)
    (rule,) = [rule for rule in role["rules"] if rule["resources"] == [resource]]
    rule["verbs"] = [v for v in rule["verbs"] if v != verb] or ["none"]
    kubectl("replace", "-f", "-", stdin=yaml.safe_dump(role))
    use_every_right()
    if verb == "list":
        # A list is what follows on a stream that fails.
        kubectl("delete", "crd", f"{resource}.offsetreset.io")
    deployed.start(wait_ready=False)
    if verb == "patch":
        _tell_twice(resets)
    refused = eventually("refused", audit.refused)
    assert {(r.resource, r.verb) for r in refused} == {(resource, verb)}
    if resource == "offsetresets/status":
        assert kafka.committed(group, topic) == {0: RECORDS}, "committed what was not saved"
    if resource == "secrets":
        status = resets.wait_reason("by-kafkaconnection", "SecretNotFound")
        assert "the verb get for secrets" in condition(status, "Stalled")["message"]
    if resource == "configmaps":
        status = resets.wait_reason("replay", "ConfigMapNotFound")
        message = condition(status, "Stalled")["message"]
        assert "may not read ConfigMap positions" in message
        assert "the verb get for configmaps" in message


def test_all_rights_of_the_operator_are_in_the_test_above(
    installed: None, kubectl: Kubectl
) -> None:
    for name, rules in ROLES.items():
        assert kubectl.json("get", "clusterrole", name)["rules"] == rules


def test_who_may_edit_a_namespace_may_create_resets_and_who_may_view_it_may_read_them(
    installed: None, kubectl: Kubectl, namespace: str
) -> None:
    for role in ("edit", "view"):
        kubectl("create", "rolebinding", role, f"--clusterrole={role}", f"--user={role}or")

    def may(user: str, verb: str, resource: str = CRD) -> bool:
        rules = kubectl("auth", "can-i", "--list", f"--as={user}", "--no-headers")
        lines = [line for line in rules.splitlines() if line.startswith(f"{resource} ")]
        return any(verb in line for line in lines)

    eventually("the role edit extended", lambda: may("editor", "create"))
    eventually("the role view extended", lambda: may("viewor", "list"))
    assert may("editor", "delete")
    assert not may("viewor", "create")
    assert not may("editor", "update", f"{CRD}/status")
    connections = "kafkaconnections.offsetreset.io"
    assert may("editor", "create", connections)
    assert may("viewor", "list", connections)
    assert not may("viewor", "create", connections)
    assert not may("editor", "update", f"{connections}/status")
    assert not may("editor", "create", f"cluster{connections}")


@both_helms
def test_an_upgrade_adds_what_is_new_to_the_definition_and_keeps_the_resets(
    helm: str, rig: Rig, resets: Resets, kubectl: Kubectl, tmp_path: Path
) -> None:
    def summary() -> dict:
        (version,) = kubectl.json("get", "crd", CRD)["spec"]["versions"]
        status = version["schema"]["openAPIV3Schema"]["properties"]["status"]
        return status["properties"]["summary"]["properties"]

    kubectl("delete", "crd", CRD, "--ignore-not-found")
    with _installed(rig, helm, chart=_older_chart(tmp_path)):
        assert "moved" not in summary()
        resets.apply("replay", to={"offset": 5})
        before = resets.get("replay")
        run(helm, "upgrade", NAME, CHART, *FLAGS, "--reuse-values", rig=rig)
        assert "moved" in summary()
        assert resets.get("replay") == before
    assert resets.get("replay") == before, "uninstalled together with the chart"


def test_an_operator_tells_that_the_definition_is_older_than_itself(
    rig: Rig, kubectl: Kubectl, tmp_path: Path
) -> None:
    kubectl("delete", "crd", CRD, "--ignore-not-found")
    with _installed(rig, "helm4", chart=_older_chart(tmp_path)):
        eventually("older definition", lambda: "moved" not in _told_of_summary(kubectl))
        operator = DeployedOperator(rig, NAME, NAME, tmp_path)
        try:
            operator.start()
            (told,) = operator.wait_log(level="warning", fields="OffsetReset status.summary.moved")
            assert "apply the files in crds/" in told["msg"]
            assert operator.metrics()["offset_reset_definition_missing_fields"] == 1
        finally:
            operator.stop()
        run("helm4", "upgrade", NAME, CHART, *FLAGS, "--reuse-values", rig=rig)


def _told_of_summary(kubectl: Kubectl) -> dict:
    """The fields of status.summary, by the document in which the API server tells of resources.

    For a moment it tells of a definition that was deleted, or of none at all.
    """
    try:
        document = json.loads(kubectl("get", "--raw", OPENAPI))
        schema = document["components"]["schemas"]["io.offsetreset.v1alpha1.OffsetReset"]
    except (KubectlError, KeyError) as error:
        raise AssertionError(f"no definition is told of: {error}") from error
    return schema["properties"]["status"]["properties"]["summary"]["properties"]


def _older_chart(folder: Path) -> Path:
    """The chart as if its resource had no status.summary.moved yet."""
    older = shutil.copytree(CHART, folder / "older")
    file = older / "files" / "crds" / f"{RESETS_FILE}.yaml"
    crd = yaml.safe_load(file.read_text())
    status = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
    del status["properties"]["summary"]["properties"]["moved"]
    # One line a key at the top, as the template expects.
    file.write_text("\n" + yaml.safe_dump(crd, default_flow_style=False))
    return older


def test_kustomize_installs_it(rig: Rig) -> None:
    kubectl = Kubectl(rig.kubeconfig, NAME)
    kubectl("apply", "-k", str(TREE / "deploy"))
    kubectl("rollout", "status", f"deployment/{NAME}", "--timeout=60s")
    kubectl("delete", "-k", str(TREE / "deploy"), "--wait=false")
