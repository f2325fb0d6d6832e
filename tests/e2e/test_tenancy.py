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
from support.tenancy import RECORDS, Tenancy
from support.users import Users

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


@pytest.fixture
def tenancy(
    rig: Rig,
    api: client.ApiClient,
    tenants: Platform,
    password: str,
    kafka: Kafka,
    offsets_log: OffsetsLog,
) -> Iterator[Tenancy]:
    """The connection works, and admits nobody."""
    name = f"prod-{secrets.token_hex(4)}"
    home = tenants.kubectl(OWN)
    connections = Connections(api, home, c.CLUSTER)
    home.apply(c.secret(name, password=password))
    connections.apply(name, rig.listener("sasl"), sasl=c.password_of("admin", name))
    connections.wait_reason(name, "Connected")
    yield Tenancy(rig, api, tenants, kafka, offsets_log, connections, name)
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


def test_who_may_reset_what_is_what_the_list_says(tenancy: Tenancy, audit: Audit) -> None:
    cases = _matrix()
    assert len({case.is_admitted for case in cases}) == 2
    tenancy.make_topics("orders", "orders-eu", "payments")
    for case in cases:
        tenancy.commit(case.group, case.topic)
    by_label = tenancy.entry([], ["team-*"], ["orders*"])
    del by_label["namespaces"]
    by_label["namespaceSelector"] = {
        "matchLabels": {"stage": "prod"},
        "matchExpressions": [{"key": "team", "operator": "In", "values": ["a"]}],
    }
    by_name = tenancy.entry(
        ["named"], [*(f"exact-{n}" for n in NAMESPACES), "team-*"], ["orders", "orders-eu"]
    )
    tenancy.admit(by_name, by_label)
    for namespace in NAMESPACES:
        manifests = [
            tenancy.resets(namespace, case.group, case.topic).manifest(
                case.name, to=TO, **tenancy.way
            )
            for case in cases
            if case.namespace == namespace
        ]
        tenancy.tenants.kubectl(namespace).apply(*manifests)
    for case in cases:
        status = tenancy.resets(case.namespace, case.group, case.topic).wait_closed(case.name)
        assert reason(status) == (DONE if case.is_admitted else DENIED), (case, status)
        if not case.is_admitted:
            message = condition(status, "Succeeded")["message"]
            assert f"ClusterKafkaConnection {tenancy.name} does not let namespace" in message
            assert tenancy.named(case.group) in message
    for group in {case.group for case in cases}:
        wanted = {c.topic: 5 if c.is_admitted else RECORDS for c in cases if c.group == group}
        assert tenancy.committed(group) == wanted, group
    for case in cases:
        if not case.is_admitted:
            tenancy.assert_never_moved(case.group, case.topic)


def test_an_empty_list_admits_nobody_and_the_connection_says_so(tenancy: Tenancy) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    status = tenancy.connections.wait(tenancy.name)
    assert "spec.access is empty and admits no namespace" in condition(status, "Ready")["message"]
    resets = tenancy.resets("named", "team", "orders")
    resets.apply(tenancy.name, to=TO, **tenancy.way)
    assert reason(resets.wait_closed(tenancy.name)) == DENIED
    tenancy.assert_never_moved("team", "orders")


def _secret_reads(tenancy: Tenancy, audit: Audit) -> list[Request]:
    requests = audit.of_user(tenancy.tenants.account.user)
    return [r for r in requests if r.resource in ("secrets", "configmaps")]


def test_who_is_denied_makes_the_operator_read_no_secret(tenancy: Tenancy, audit: Audit) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    audit.forget()
    denied = tenancy.resets("stranger", "team", "orders")
    denied.apply(tenancy.name, to=TO, **tenancy.way)
    assert reason(denied.wait_closed(tenancy.name)) == DENIED
    assert not _secret_reads(tenancy, audit)
    tenancy.assert_never_moved("team", "orders")
    admitted = tenancy.resets("named", "team", "orders")
    admitted.apply(tenancy.name, to=TO, **tenancy.way)
    assert reason(admitted.wait_closed(tenancy.name)) == DONE
    reads = {(r.resource, r.namespace, r.name, r.verb) for r in _secret_reads(tenancy, audit)}
    assert reads == {("secrets", tenancy.tenants.namespaces[OWN], tenancy.name, "get")}


def test_a_secret_of_the_same_name_in_the_users_namespace_is_not_looked_at(
    tenancy: Tenancy, password: str, audit: Audit
) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    tenancy.tenants.kubectl(OWN).apply(c.secret(tenancy.name, password="wrong"))
    tenancy.tenants.kubectl("named").apply(c.secret(tenancy.name, password=password))
    audit.forget()
    resets = tenancy.resets("named", "team", "orders")
    resets.apply(tenancy.name, to=TO, **tenancy.way)
    resets.wait_reason(tenancy.name, "NotAuthenticated")
    assert {r.namespace for r in _secret_reads(tenancy, audit)} == {tenancy.tenants.namespaces[OWN]}
    tenancy.assert_never_moved("team", "orders")


# -- every way to a group and a topic

Act = Callable[[Tenancy, Resets], None]


def _one_topic(tenancy: Tenancy, resets: Resets) -> None:
    resets.apply(tenancy.name, topic=tenancy.named("payments"), to=TO, **tenancy.way)


def _several_topics(tenancy: Tenancy, resets: Resets) -> None:
    topics = [{"name": tenancy.named(name)} for name in ("orders", "payments")]
    resets.apply(tenancy.name, topic=None, topics=topics, to=TO, **tenancy.way)


def _all_topics(tenancy: Tenancy, resets: Resets) -> None:
    resets.apply(tenancy.name, topic=None, allTopics=True, to=TO, **tenancy.way)


def _deletion(tenancy: Tenancy, resets: Resets) -> None:
    resets.apply(tenancy.name, topic=None, allTopics=True, to={"position": "None"}, **tenancy.way)


def _csv(tenancy: Tenancy, resets: Resets) -> None:
    rows = "".join(f"{tenancy.named(name)},0,5\n" for name in ("orders", "payments"))
    tenancy.tenants.kubectl("named").apply(config_map(tenancy.name, csv=rows))
    to = {"csvFrom": {"configMapKeyRef": {"name": tenancy.name, "key": "csv"}}}
    resets.apply(tenancy.name, topic=None, to=to, **tenancy.way)


def _csv_of_another_group(tenancy: Tenancy, resets: Resets) -> None:
    rows = f"{tenancy.named('other')},{tenancy.named('orders')},0,5\n"
    tenancy.tenants.kubectl("named").apply(config_map(tenancy.name, csv=rows))
    to = {"csvFrom": {"configMapKeyRef": {"name": tenancy.name, "key": "csv"}}}
    resets.apply(tenancy.name, groupId=tenancy.named("other"), topic=None, to=to, **tenancy.way)


def _copy(tenancy: Tenancy, resets: Resets) -> None:
    resets.apply(tenancy.name, to={"group": tenancy.named("other")}, **tenancy.way)


def _copy_of_all(tenancy: Tenancy, resets: Resets) -> None:
    to = {"group": tenancy.named("other")}
    resets.apply(tenancy.name, topic=None, allTopics=True, to=to, **tenancy.way)


def _dry_run(tenancy: Tenancy, resets: Resets) -> None:
    resets.apply(tenancy.name, topic=None, allTopics=True, dryRun=True, to=TO, **tenancy.way)


def _another_group(tenancy: Tenancy, resets: Resets) -> None:
    resets.apply(tenancy.name, groupId=tenancy.named("other"), to=TO, **tenancy.way)


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
def test_no_way_leads_to_a_group_or_topic_that_is_not_admitted(tenancy: Tenancy, way: str) -> None:
    act, refused = WAYS[way]
    tenancy.make_topics("orders", "payments")
    for group in ("team", "other"):
        tenancy.commit(group, "orders", "payments")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    resets = tenancy.resets("named", "team", "orders")
    act(tenancy, resets)
    status = resets.wait_closed(tenancy.name)
    assert reason(status) == DENIED, status
    assert f"reset {refused.format(tenancy.name)}:" in condition(status, "Succeeded")["message"]
    assert not status.get("partitions"), "it tells where a group is that is not admitted"
    for group in ("team", "other"):
        tenancy.assert_never_moved(group, "orders", "payments")
    # The same is done where it is admitted: what stood in the way was the list.
    tenancy.admit(tenancy.entry(["named"], ["*"], ["*"]))
    resets.delete(tenancy.name)
    resets.wait_gone(tenancy.name)
    act(tenancy, resets)
    wanted = "DryRunSucceeded" if way == "dryRun" else DONE
    moved = "NothingToReset" if way.startswith("group,") or way == "group" else wanted
    resets.wait_reason(tenancy.name, moved)


def test_an_undo_does_not_lead_to_a_topic_that_is_not_admitted_any_more(tenancy: Tenancy) -> None:
    tenancy.make_topics("orders", "payments")
    tenancy.commit("team", "orders", "payments")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["*"]))
    resets = tenancy.resets("named", "team", "orders")
    _all_topics(tenancy, resets)
    assert reason(resets.wait_closed(tenancy.name)) == DONE
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    resets.apply("undo-" + tenancy.name, topic=None, to={"undo": tenancy.name}, **tenancy.way)
    status = resets.wait_closed("undo-" + tenancy.name)
    assert reason(status) == DENIED
    assert f"on topic {tenancy.named('payments')}" in condition(status, "Succeeded")["message"]
    assert tenancy.committed("team") == {"orders": 5, "payments": 5}


# -- a list that changes


def test_a_topic_that_a_group_begins_before_a_reset_of_all_topics_is_approved_is_denied(
    tenancy: Tenancy,
) -> None:
    tenancy.make_topics("orders", "payments")
    tenancy.commit("team", "orders")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    resets = tenancy.resets("named", "team", "orders")
    _dry_run(tenancy, resets)
    resets.wait_reason(tenancy.name, "DryRunSucceeded")
    tenancy.commit("team", "payments")
    resets.patch(tenancy.name, dryRun=False)
    assert reason(resets.wait_closed(tenancy.name)) == DENIED
    tenancy.assert_never_moved("team", "orders", "payments")


def test_partitions_that_are_added_while_an_approval_is_awaited_are_moved_where_admitted_only(
    tenancy: Tenancy,
) -> None:
    tenancy.make_topics("orders", "payments")
    tenancy.commit("team", "orders", "payments")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    resets = tenancy.resets("named", "team", "orders")
    resets.apply(tenancy.name, dryRun=True, to=TO, **tenancy.way)
    resets.wait_reason(tenancy.name, "DryRunSucceeded")
    for topic in ("orders", "payments"):
        tenancy.kafka.add_partitions(tenancy.named(topic), 2)
    resets.patch(tenancy.name, dryRun=False)
    assert reason(resets.wait_closed(tenancy.name)) == DONE
    assert tenancy.kafka.all_committed(tenancy.named("team")) == {
        (tenancy.named("orders"), 0): 5,
        (tenancy.named("orders"), 1): 0,
        (tenancy.named("payments"), 0): RECORDS,
    }


def test_a_list_that_is_narrowed_while_a_reset_waits_counts_when_it_goes_on(
    tenancy: Tenancy,
) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    resets = tenancy.resets("named", "team", "orders")
    member = ClassicMember(tenancy.kafka.bootstrap, tenancy.named("team"), "consumer")
    resets.apply(tenancy.name, to=TO, **tenancy.way)
    resets.wait_reason(tenancy.name, "GroupActive")
    tenancy.admit(tenancy.entry(["labelled"], ["team"], ["orders"]))
    status = resets.wait_closed(tenancy.name)  # a changed connection is looked at at once
    member.leave()
    assert reason(status) == DENIED
    tenancy.assert_never_moved("team", "orders")


def test_a_list_that_is_narrowed_before_a_dry_run_is_approved_counts_then(tenancy: Tenancy) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders"]))
    resets = tenancy.resets("named", "team", "orders")
    resets.apply(tenancy.name, dryRun=True, to=TO, **tenancy.way)
    resets.wait_reason(tenancy.name, "DryRunSucceeded")
    tenancy.admit(tenancy.entry(["named"], ["team"], ["orders-eu"]))
    resets.patch(tenancy.name, dryRun=False)
    assert reason(resets.wait_closed(tenancy.name)) == DENIED
    tenancy.assert_never_moved("team", "orders")


def test_a_namespace_that_loses_its_label_is_not_admitted_any_more(tenancy: Tenancy) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    entry = tenancy.entry([], ["team"], ["orders"])
    del entry["namespaces"]
    tenancy.admit(entry | {"namespaceSelector": {"matchLabels": {"guest": "yes"}}})
    namespace = tenancy.tenants.namespaces["stranger"]
    resets = tenancy.resets("stranger", "team", "orders")
    kubectl = tenancy.tenants.kubectl("stranger")
    kubectl("label", "namespace", namespace, "guest=yes")
    resets.apply(tenancy.name, to=TO, **tenancy.way)
    assert reason(resets.wait_closed(tenancy.name)) == DONE
    kubectl("label", "namespace", namespace, "guest-")
    resets.apply("again-" + tenancy.name, to={"offset": 3}, **tenancy.way)
    assert reason(resets.wait_closed("again-" + tenancy.name)) == DENIED
    assert tenancy.committed("team") == {"orders": 5}


# -- other connections


def test_a_connection_of_another_namespace_is_not_there(tenancy: Tenancy, password: str) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    owner = tenancy.tenants.kubectl("named")
    owner.apply(c.secret(tenancy.name, password=password))
    theirs = Connections(tenancy.api, owner)
    theirs.apply(
        tenancy.name, tenancy.rig.listener("sasl"), sasl=c.password_of("admin", tenancy.name)
    )
    theirs.wait_reason(tenancy.name, "Connected")
    stranger = tenancy.resets("stranger", "team", "orders")
    stranger.apply(tenancy.name, to=TO, **theirs.ref(tenancy.name))
    status = stranger.wait_reason(tenancy.name, "ConnectionNotFound")
    assert condition(status, "Stalled")["status"] == "True"
    missing = f"{tenancy.name} in namespace {tenancy.tenants.namespaces['stranger']}"
    assert f"there is no KafkaConnection {missing}" in condition(status, "Stalled")["message"]
    tenancy.assert_never_moved("team", "orders")
    owners = tenancy.resets("named", "team", "orders")
    owners.apply(tenancy.name, to=TO, **theirs.ref(tenancy.name))
    assert reason(owners.wait_closed(tenancy.name)) == DONE


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
    tenancy: Tenancy, strict: Platform, audit: Audit
) -> None:
    tenancy.make_topics("orders")
    tenancy.commit("team", "orders")
    entry = tenancy.entry([], ["*"], ["*"])
    tenancy.admit(entry | {"namespaces": [strict.namespaces["strict"]]})
    kubectl: Kubectl = strict.kubectl("strict")
    names = (tenancy.named("team"), tenancy.named("orders"))
    resets = Resets(tenancy.rig, tenancy.api, kubectl, kubectl.namespace, *names)
    audit.forget()
    resets.apply("inline", to=TO)
    resets.apply("cluster", to=TO, **tenancy.way)
    inline, cluster = resets.wait_closed("inline"), resets.wait_closed("cluster")
    assert reason(inline) == reason(cluster) == DENIED
    message = condition(inline, "Succeeded")["message"]
    assert "--allow-inline-bootstrap-servers=false" in message
    assert "--cluster-connections=false" in condition(cluster, "Succeeded")["message"]
    tenancy.assert_never_moved("team", "orders")
    asked = {r.resource for r in audit.of_user(strict.account.user)}
    assert not asked & {"secrets", "clusterkafkaconnections"}
