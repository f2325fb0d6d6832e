"""What a platform's connection lets a namespace reset, and that no way leads around it.

The connection's own user may do everything in Kafka: only its access list is in between.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from kubernetes import client

from support import connections as c
from support.audit import Audit, Request
from support.classic_member import ClassicMember
from support.connections import Connections
from support.kafka import Kafka
from support.kubectl import Kubectl, config_map
from support.offsets_log import OffsetsLog
from support.platform import OWN, WITH_CLUSTER_CONNECTIONS, Platform, platform
from support.resets import Resets, condition, reason
from support.rig import Rig
from support.users import Users

RECORDS = 20
TO = {"offset": 5}
NAMESPACES = {"named": {}, "labelled": {"team": "a", "stage": "prod"}, "stranger": {"team": "b"}}
DENIED, DONE = "AccessDenied", "OffsetsReset"


@pytest.fixture(scope="module")
def tenants(
    rig: Rig, crds: None, api: client.ApiClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("tenancy")
    with platform(rig, api, folder, NAMESPACES, WITH_CLUSTER_CONNECTIONS) as made:
        yield made


@pytest.fixture(scope="module")
def password(rig: Rig) -> str:
    """Of the user root, who may do everything."""
    made = secrets.token_hex(12)
    Users(rig.kafka_bootstrap).set_password("admin", made)
    return made


@dataclass(frozen=True)
class Scene:
    """A cluster connection of the test's own, and what it is about."""

    rig: Rig
    api: client.ApiClient
    tenants: Platform
    kafka: Kafka
    offsets_log: OffsetsLog
    connections: Connections
    name: str  # of the connection and its Secret; groups and topics begin with it

    def entry(self, namespaces: list[str], groups: list[str], topics: list[str]) -> dict:
        """One of access, for these groups and topics of this test."""
        return {
            "namespaces": [self.tenants.namespaces[name] for name in namespaces],
            "groups": [self.named(group) for group in groups],
            "topics": [self.named(topic) for topic in topics],
        }

    def admit(self, *entries: dict) -> None:
        """Access from now on; the operator has looked at it when this returns."""
        self.connections.patch(self.name, access=list(entries))
        self.connections.wait(self.name)

    def named(self, short: str) -> str:
        return f"{self.name}-{short}"

    def resets(self, namespace: str, group: str, topic: str) -> Resets:
        """Those of a group and a topic, by the connection."""
        kubectl = self.tenants.kubectl(namespace)
        names = (self.named(group), self.named(topic))
        return Resets(self.rig, self.api, kubectl, kubectl.namespace, *names)

    @property
    def way(self) -> dict:
        return self.connections.ref(self.name)

    def make_topics(self, *topics: str, partitions: int = 1) -> None:
        self.kafka.create_topics([self.named(t) for t in topics], partitions)
        for topic in topics:
            for partition in range(partitions):
                self.kafka.produce(self.named(topic), RECORDS, partition)

    def commit(self, group: str, *topics: str) -> None:
        """All of their records are read."""
        for topic in topics:
            self.kafka.commit(self.named(group), self.named(topic), {0: RECORDS})

    def committed(self, group: str) -> dict[str, int]:
        """Of partition 0 of each topic."""
        offsets = self.kafka.all_committed(self.named(group))
        return {
            topic.removeprefix(f"{self.name}-"): offset
            for (topic, partition), offset in offsets.items()
            if partition == 0
        }

    def assert_never_moved(self, group: str, *topics: str) -> None:
        """Not even for a moment."""
        for topic in topics:
            commits = self.offsets_log.commits(self.named(group), self.named(topic))
            assert commits == {0: [RECORDS]}, (group, topic)


@pytest.fixture
def scene(
    rig: Rig,
    api: client.ApiClient,
    tenants: Platform,
    password: str,
    kafka: Kafka,
    offsets_log: OffsetsLog,
) -> Iterator[Scene]:
    """The connection works, and admits nobody."""
    name = f"prod-{secrets.token_hex(4)}"
    home = tenants.kubectl(OWN)
    connections = Connections(api, home, c.CLUSTER)
    home.apply(c.secret(name, password=password))
    connections.apply(name, rig.listener("sasl"), sasl=c.password_of("admin", name))
    connections.wait_reason(name, "Connected")
    yield Scene(rig, api, tenants, kafka, offsets_log, connections, name)
    connections.delete(name)


# -- the list


@dataclass(frozen=True)
class Case:
    namespace: str
    group: str
    topic: str
    is_admitted: bool

    @property
    def name(self) -> str:
        return f"{self.group}-{self.topic}"


def _matrix() -> list[Case]:
    """Two entries: one names a namespace, the other selects some by their labels."""
    return [
        Case(
            namespace,
            group,
            topic,
            namespace != "stranger"
            and not group.startswith("other")
            and (not group.startswith("exact") or namespace == "named")
            and topic != "payments",
        )
        for namespace in NAMESPACES
        for group in (f"exact-{namespace}", f"team-{namespace}", f"other-{namespace}")
        for topic in ("orders", "orders-eu", "payments")
    ]


def test_who_may_reset_what_is_what_the_list_says(scene: Scene, audit: Audit) -> None:
    cases = _matrix()
    assert len({case.is_admitted for case in cases}) == 2
    scene.make_topics("orders", "orders-eu", "payments")
    for case in cases:
        scene.commit(case.group, case.topic)
    by_label = scene.entry([], ["team-*"], ["orders*"])
    del by_label["namespaces"]
    by_label["namespaceSelector"] = {
        "matchLabels": {"stage": "prod"},
        "matchExpressions": [{"key": "team", "operator": "In", "values": ["a"]}],
    }
    by_name = scene.entry(
        ["named"], [*(f"exact-{n}" for n in NAMESPACES), "team-*"], ["orders", "orders-eu"]
    )
    scene.admit(by_name, by_label)
    for namespace in NAMESPACES:
        manifests = [
            scene.resets(namespace, case.group, case.topic).manifest(case.name, to=TO, **scene.way)
            for case in cases
            if case.namespace == namespace
        ]
        scene.tenants.kubectl(namespace).apply(*manifests)
    for case in cases:
        status = scene.resets(case.namespace, case.group, case.topic).wait_closed(case.name)
        assert reason(status) == (DONE if case.is_admitted else DENIED), (case, status)
        if not case.is_admitted:
            message = condition(status, "Succeeded")["message"]
            assert f"ClusterKafkaConnection {scene.name} does not let namespace" in message
            assert scene.named(case.group) in message
    for group in {case.group for case in cases}:
        wanted = {c.topic: 5 if c.is_admitted else RECORDS for c in cases if c.group == group}
        assert scene.committed(group) == wanted, group
    for case in cases:
        if not case.is_admitted:
            scene.assert_never_moved(case.group, case.topic)


def test_an_empty_list_admits_nobody_and_the_connection_says_so(scene: Scene) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    status = scene.connections.wait(scene.name)
    assert "spec.access is empty and admits no namespace" in condition(status, "Ready")["message"]
    resets = scene.resets("named", "team", "orders")
    resets.apply(scene.name, to=TO, **scene.way)
    assert reason(resets.wait_closed(scene.name)) == DENIED
    scene.assert_never_moved("team", "orders")


def _secret_reads(scene: Scene, audit: Audit) -> list[Request]:
    requests = audit.of_user(scene.tenants.account.user)
    return [r for r in requests if r.resource in ("secrets", "configmaps")]


def test_who_is_denied_makes_the_operator_read_no_secret(scene: Scene, audit: Audit) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    audit.forget()
    denied = scene.resets("stranger", "team", "orders")
    denied.apply(scene.name, to=TO, **scene.way)
    assert reason(denied.wait_closed(scene.name)) == DENIED
    assert not _secret_reads(scene, audit)
    scene.assert_never_moved("team", "orders")
    admitted = scene.resets("named", "team", "orders")
    admitted.apply(scene.name, to=TO, **scene.way)
    assert reason(admitted.wait_closed(scene.name)) == DONE
    reads = {(r.resource, r.namespace, r.name, r.verb) for r in _secret_reads(scene, audit)}
    assert reads == {("secrets", scene.tenants.namespaces[OWN], scene.name, "get")}


def test_a_secret_of_the_same_name_in_the_users_namespace_is_not_looked_at(
    scene: Scene, password: str, audit: Audit
) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    scene.tenants.kubectl(OWN).apply(c.secret(scene.name, password="wrong"))
    scene.tenants.kubectl("named").apply(c.secret(scene.name, password=password))
    audit.forget()
    resets = scene.resets("named", "team", "orders")
    resets.apply(scene.name, to=TO, **scene.way)
    resets.wait_reason(scene.name, "NotAuthenticated")
    assert {r.namespace for r in _secret_reads(scene, audit)} == {scene.tenants.namespaces[OWN]}
    scene.assert_never_moved("team", "orders")


# -- every way to a group and a topic

Act = Callable[[Scene, Resets], None]


def _one_topic(scene: Scene, resets: Resets) -> None:
    resets.apply(scene.name, topic=scene.named("payments"), to=TO, **scene.way)


def _several_topics(scene: Scene, resets: Resets) -> None:
    topics = [{"name": scene.named(name)} for name in ("orders", "payments")]
    resets.apply(scene.name, topic=None, topics=topics, to=TO, **scene.way)


def _all_topics(scene: Scene, resets: Resets) -> None:
    resets.apply(scene.name, topic=None, allTopics=True, to=TO, **scene.way)


def _deletion(scene: Scene, resets: Resets) -> None:
    resets.apply(scene.name, topic=None, allTopics=True, to={"position": "None"}, **scene.way)


def _csv(scene: Scene, resets: Resets) -> None:
    rows = "".join(f"{scene.named(name)},0,5\n" for name in ("orders", "payments"))
    scene.tenants.kubectl("named").apply(config_map(scene.name, csv=rows))
    to = {"csvFrom": {"configMapKeyRef": {"name": scene.name, "key": "csv"}}}
    resets.apply(scene.name, topic=None, to=to, **scene.way)


def _csv_of_another_group(scene: Scene, resets: Resets) -> None:
    rows = f"{scene.named('other')},{scene.named('orders')},0,5\n"
    scene.tenants.kubectl("named").apply(config_map(scene.name, csv=rows))
    to = {"csvFrom": {"configMapKeyRef": {"name": scene.name, "key": "csv"}}}
    resets.apply(scene.name, groupId=scene.named("other"), topic=None, to=to, **scene.way)


def _copy(scene: Scene, resets: Resets) -> None:
    resets.apply(scene.name, to={"group": scene.named("other")}, **scene.way)


def _copy_of_all(scene: Scene, resets: Resets) -> None:
    to = {"group": scene.named("other")}
    resets.apply(scene.name, topic=None, allTopics=True, to=to, **scene.way)


def _dry_run(scene: Scene, resets: Resets) -> None:
    resets.apply(scene.name, topic=None, allTopics=True, dryRun=True, to=TO, **scene.way)


def _another_group(scene: Scene, resets: Resets) -> None:
    resets.apply(scene.name, groupId=scene.named("other"), to=TO, **scene.way)


WAYS: dict[str, tuple[Act, str]] = {
    "topic": (_one_topic, "group {0}-team on topic {0}-payments"),
    "topics": (_several_topics, "group {0}-team on topic {0}-payments"),
    "allTopics": (_all_topics, "group {0}-team on topic {0}-payments"),
    "allTopics, deleted": (_deletion, "group {0}-team on topic {0}-payments"),
    "csvFrom": (_csv, "group {0}-team on topic {0}-payments"),
    "csvFrom, another group": (_csv_of_another_group, "group {0}-other"),
    "group": (_copy, "group {0}-other"),
    "group, allTopics": (_copy_of_all, "group {0}-other"),
    "dryRun": (_dry_run, "group {0}-team on topic {0}-payments"),
    "groupId": (_another_group, "group {0}-other"),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_a_group_or_topic_that_is_not_admitted(scene: Scene, way: str) -> None:
    act, refused = WAYS[way]
    scene.make_topics("orders", "payments")
    for group in ("team", "other"):
        scene.commit(group, "orders", "payments")
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    resets = scene.resets("named", "team", "orders")
    act(scene, resets)
    status = resets.wait_closed(scene.name)
    assert reason(status) == DENIED, status
    assert f"reset {refused.format(scene.name)}:" in condition(status, "Succeeded")["message"]
    assert not status.get("partitions"), "it tells where a group is that is not admitted"
    for group in ("team", "other"):
        scene.assert_never_moved(group, "orders", "payments")
    # The same is done where it is admitted: what stood in the way was the list.
    scene.admit(scene.entry(["named"], ["*"], ["*"]))
    resets.delete(scene.name)
    resets.wait_gone(scene.name)
    act(scene, resets)
    wanted = "DryRunSucceeded" if way == "dryRun" else DONE
    moved = "NothingToReset" if way.startswith("group,") or way == "group" else wanted
    resets.wait_reason(scene.name, moved)


def test_an_undo_does_not_lead_to_a_topic_that_is_not_admitted_any_more(scene: Scene) -> None:
    scene.make_topics("orders", "payments")
    scene.commit("team", "orders", "payments")
    scene.admit(scene.entry(["named"], ["team"], ["*"]))
    resets = scene.resets("named", "team", "orders")
    _all_topics(scene, resets)
    assert reason(resets.wait_closed(scene.name)) == DONE
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    resets.apply("undo-" + scene.name, topic=None, to={"undo": scene.name}, **scene.way)
    status = resets.wait_closed("undo-" + scene.name)
    assert reason(status) == DENIED
    assert f"on topic {scene.named('payments')}" in condition(status, "Succeeded")["message"]
    assert scene.committed("team") == {"orders": 5, "payments": 5}


# -- a list that changes


def test_a_topic_that_a_group_begins_before_a_reset_of_all_topics_is_approved_is_denied(
    scene: Scene,
) -> None:
    scene.make_topics("orders", "payments")
    scene.commit("team", "orders")
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    resets = scene.resets("named", "team", "orders")
    _dry_run(scene, resets)
    resets.wait_reason(scene.name, "DryRunSucceeded")
    scene.commit("team", "payments")
    resets.patch(scene.name, dryRun=False)
    assert reason(resets.wait_closed(scene.name)) == DENIED
    scene.assert_never_moved("team", "orders", "payments")


def test_partitions_that_are_added_while_an_approval_is_awaited_are_moved_where_admitted_only(
    scene: Scene,
) -> None:
    scene.make_topics("orders", "payments")
    scene.commit("team", "orders", "payments")
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    resets = scene.resets("named", "team", "orders")
    resets.apply(scene.name, dryRun=True, to=TO, **scene.way)
    resets.wait_reason(scene.name, "DryRunSucceeded")
    for topic in ("orders", "payments"):
        scene.kafka.add_partitions(scene.named(topic), 2)
    resets.patch(scene.name, dryRun=False)
    assert reason(resets.wait_closed(scene.name)) == DONE
    assert scene.kafka.all_committed(scene.named("team")) == {
        (scene.named("orders"), 0): 5,
        (scene.named("orders"), 1): 0,
        (scene.named("payments"), 0): RECORDS,
    }


def test_a_list_that_is_narrowed_while_a_reset_waits_counts_when_it_goes_on(scene: Scene) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    resets = scene.resets("named", "team", "orders")
    member = ClassicMember(scene.kafka.bootstrap, scene.named("team"), "consumer")
    resets.apply(scene.name, to=TO, **scene.way)
    resets.wait_reason(scene.name, "GroupActive")
    scene.admit(scene.entry(["labelled"], ["team"], ["orders"]))
    status = resets.wait_closed(scene.name)  # a changed connection is looked at at once
    member.leave()
    assert reason(status) == DENIED
    scene.assert_never_moved("team", "orders")


def test_a_list_that_is_narrowed_before_a_dry_run_is_approved_counts_then(scene: Scene) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    scene.admit(scene.entry(["named"], ["team"], ["orders"]))
    resets = scene.resets("named", "team", "orders")
    resets.apply(scene.name, dryRun=True, to=TO, **scene.way)
    resets.wait_reason(scene.name, "DryRunSucceeded")
    scene.admit(scene.entry(["named"], ["team"], ["orders-eu"]))
    resets.patch(scene.name, dryRun=False)
    assert reason(resets.wait_closed(scene.name)) == DENIED
    scene.assert_never_moved("team", "orders")


def test_a_namespace_that_loses_its_label_is_not_admitted_any_more(scene: Scene) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    entry = scene.entry([], ["team"], ["orders"])
    del entry["namespaces"]
    scene.admit(entry | {"namespaceSelector": {"matchLabels": {"guest": "yes"}}})
    namespace = scene.tenants.namespaces["stranger"]
    resets = scene.resets("stranger", "team", "orders")
    kubectl = scene.tenants.kubectl("stranger")
    kubectl("label", "namespace", namespace, "guest=yes")
    resets.apply(scene.name, to=TO, **scene.way)
    assert reason(resets.wait_closed(scene.name)) == DONE
    kubectl("label", "namespace", namespace, "guest-")
    resets.apply("again-" + scene.name, to={"offset": 3}, **scene.way)
    assert reason(resets.wait_closed("again-" + scene.name)) == DENIED
    assert scene.committed("team") == {"orders": 5}


# -- other connections


def test_a_connection_of_another_namespace_is_not_there(scene: Scene, password: str) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    owner = scene.tenants.kubectl("named")
    owner.apply(c.secret(scene.name, password=password))
    theirs = Connections(scene.api, owner)
    theirs.apply(scene.name, scene.rig.listener("sasl"), sasl=c.password_of("admin", scene.name))
    theirs.wait_reason(scene.name, "Connected")
    stranger = scene.resets("stranger", "team", "orders")
    stranger.apply(scene.name, to=TO, **theirs.ref(scene.name))
    status = stranger.wait_reason(scene.name, "ConnectionNotFound")
    assert condition(status, "Stalled")["status"] == "True"
    missing = f"{scene.name} in namespace {scene.tenants.namespaces['stranger']}"
    assert f"there is no KafkaConnection {missing}" in condition(status, "Stalled")["message"]
    scene.assert_never_moved("team", "orders")
    owners = scene.resets("named", "team", "orders")
    owners.apply(scene.name, to=TO, **theirs.ref(scene.name))
    assert reason(owners.wait_closed(scene.name)) == DONE


@pytest.fixture
def strict(
    rig: Rig, crds: None, api: client.ApiClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """Takes nothing but connections of its namespaces."""
    folder = tmp_path_factory.mktemp("strict")
    flags = ("--allow-inline-bootstrap-servers=false", "--cluster-connections=false")
    with platform(rig, api, folder, {"strict": {}}, *flags) as made:
        yield made


def test_an_operator_can_be_told_to_take_connections_of_the_namespace_only(
    scene: Scene, strict: Platform, audit: Audit
) -> None:
    scene.make_topics("orders")
    scene.commit("team", "orders")
    entry = scene.entry([], ["*"], ["*"])
    scene.admit(entry | {"namespaces": [strict.namespaces["strict"]]})
    kubectl: Kubectl = strict.kubectl("strict")
    names = (scene.named("team"), scene.named("orders"))
    resets = Resets(scene.rig, scene.api, kubectl, kubectl.namespace, *names)
    audit.forget()
    resets.apply("inline", to=TO)
    resets.apply("cluster", to=TO, **scene.way)
    inline, cluster = resets.wait_closed("inline"), resets.wait_closed("cluster")
    assert reason(inline) == reason(cluster) == DENIED
    message = condition(inline, "Succeeded")["message"]
    assert "--allow-inline-bootstrap-servers=false" in message
    assert "--cluster-connections=false" in condition(cluster, "Succeeded")["message"]
    scene.assert_never_moved("team", "orders")
    asked = {r.resource for r in audit.of_user(strict.account.user)}
    assert not asked & {"secrets", "clusterkafkaconnections"}
