"""Each listener of a secured Kafka with each kind of credential, right and wrong.

A connection and a reset by it are applied together. Within seconds both say the same: that it
works, or what is wrong and what to do. At the end, nothing secret is in anything that was written.
"""

import base64
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from kubernetes import client

from support import connections as c
from support.connection_rows import ROWS, SCRAM_512, UNREACHABLE, WORKS, Row, sasl
from support.connections import Connections
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.leaks import assert_no_secret, forms_of
from support.platform import Platform, platform
from support.resets import Resets, condition, filled
from support.rig import Rig
from support.token_server import TokenServer
from support.users import Users

RECORDS = 20
SECONDS = 5  # to a reason
USERS = "users"  # the namespace of all of it
PLAIN_PASSWORD = "alice-secret"  # of the rig
KEY_PASSWORD = "key-secret"  # the rig's, too


@dataclass(frozen=True)
class World:
    """What the rows have in common."""

    rig: Rig
    kubectl: Kubectl
    connections: Connections
    words: dict[str, str]
    topic: str

    def bootstrap(self, listener: str) -> str:
        return self.words["dead"] if listener == "nobody" else self.rig.listener(listener)

    @property
    def namespace(self) -> str:
        return self.kubectl.namespace


@pytest.fixture(scope="module")
def made(
    rig: Rig, crds: None, api: client.ApiClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("connections")
    with platform(rig, api, folder, {USERS: {}}, "--log-level=debug") as made:
        yield made


@pytest.fixture(scope="module")
def world(rig: Rig, api: client.ApiClient, kafka: Kafka, made: Platform) -> Iterator[World]:
    unique = secrets.token_hex(4)
    marked = {name: f"{name}-{secrets.token_hex(12)}" for name in ("password", "wrong", "oauth")}
    topic, scram, oscar = f"topic-{unique}", f"scram-{unique}", f"oscar-{unique}"
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    users = Users(rig.kafka_bootstrap)
    users.set_password(scram, marked["password"])
    for user in (scram, oscar, "alice", "mia"):
        users.allow_resets(user, f"{unique}-*", topic)
    tokens = TokenServer(rig, oscar, marked["oauth"])
    tls_tokens = TokenServer(rig, oscar, marked["oauth"], is_encrypted=True)
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # and never listens
        kubectl = made.kubectl(USERS)
        words = {
            "namespace": kubectl.namespace,
            "group": unique,
            "scram": scram,
            "password": marked["password"],
            "wrong": marked["wrong"],
            "client_secret": marked["oauth"],
            "plain_password": PLAIN_PASSWORD,
            "key_password": KEY_PASSWORD,
            "tokens": tokens.url,
            "tls_tokens": tls_tokens.url,
            "dead": f"127.0.0.1:{dead.getsockname()[1]}",
            "ca": rig.pem("ca.pem"),
            "other_ca": rig.pem("other-ca.pem"),
            "certificate": rig.pem("client.pem"),
            "key": rig.pem("client.key"),
            "encrypted_key": rig.pem("client-encrypted.key"),
            "stranger": rig.pem("stranger.pem"),
            "stranger_key": rig.pem("stranger.key"),
        }
        connections = Connections(api, kubectl)
        yield World(rig, kubectl, connections, words, topic)
        given = tokens.tokens + tls_tokens.tokens
        assert_no_secret(made.operator, kubectl, _secret_texts(words) + given)
    for server in (tokens, tls_tokens):
        server.close()


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    return ROWS[request.param]


@pytest.mark.parametrize("row", ROWS, indirect=True)
def test_a_connection_and_a_reset_by_it_say_within_seconds_what_is_so(
    row: Row, world: World, api: client.ApiClient, kafka: Kafka
) -> None:
    name = f"c-{secrets.token_hex(4)}"
    words = world.words | {"connection": name}
    group = f"{words['group']}-{name}"
    kafka.commit(group, world.topic, {0: RECORDS})
    resets = Resets(world.rig, api, world.kubectl, world.namespace, group, world.topic)
    servers = world.bootstrap(row.listener)
    holders = [c.secret(name, **filled(row.secret, **words))] if row.secret else []
    holders += [c.authority(name, filled(row.authority, **words))] if row.authority else []
    if holders:
        world.kubectl.apply(*holders)
    began = time.monotonic()
    world.kubectl.apply(
        c.manifest(c.NAMESPACED, name, servers, **filled(row.spec, **words)),
        resets.manifest("replay-" + name, to={"offset": 5}, **world.connections.ref(name)),
    )
    status = world.connections.wait(name, SECONDS)
    wanted = "OffsetsReset" if row.reason == WORKS else row.reason
    outcome = resets.wait_reason(
        "replay-" + name, wanted, max(0.1, SECONDS - (time.monotonic() - began))
    )
    ready = condition(status, "Ready")
    assert ready["reason"] == row.reason, ready
    assert filled(row.message, **words) in ready["message"]
    assert status["auth"] == row.auth
    _assert_as_kstatus_wants(status, row.reason)
    if row.reason == WORKS:
        assert status["brokers"] == 1
        assert status["clusterId"]
        assert kafka.committed(group, world.topic) == {0: 5}
    else:
        assert filled(row.message, **words) in condition(outcome, "Succeeded")["message"]
        assert kafka.committed(group, world.topic) == {0: RECORDS}
        resets.delete("replay-" + name)
        world.connections.delete(name)  # else it is tried again and again


def test_the_columns_that_kubectl_prints_tell_how_a_connection_is(world: World) -> None:
    name = f"c-{secrets.token_hex(4)}"
    world.kubectl.apply(c.secret(name, **{"password": world.words["password"]}))
    spec = filled(sasl(SCRAM_512), **world.words, connection=name)
    world.connections.apply(name, world.rig.listener("sasl"), **spec)
    world.connections.wait_reason(name, WORKS, SECONDS)
    header, line = world.kubectl("get", "kconn", name).splitlines()
    assert header.split() == ["NAME", "READY", "BROKERS", "AUTH", "AGE"]
    assert line.split()[:4] == [name, "True", "1", SCRAM_512]


# What is missing in the way to a reset, in the order in which the operator gets to it.
TO_PLAN = [
    ("DESCRIBE", "--operation Describe --group {group}"),
    ("DESCRIBE", "--operation Describe --topic {topic}"),
]
TO_COMMIT = [
    ("READ", "--operation Read --topic {topic}"),
    ("READ", "--operation Read --group {group}"),
]
TO_DELETE = [("DELETE", "--operation Delete --group {group}")]


def test_a_right_that_is_missing_is_named_with_the_command_that_grants_it(
    world: World, api: client.ApiClient, kafka: Kafka
) -> None:
    """The commands are followed, one by one, to the reset's end."""
    user = f"climber-{secrets.token_hex(4)}"
    group, topic, servers = f"group-{user}", f"topic-{user}", world.rig.listener("sasl")
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})
    users = Users(world.rig.kafka_bootstrap)
    users.set_password(user, world.words["password"])
    world.kubectl.apply(c.secret(user, password=world.words["password"]))
    world.connections.apply(user, servers, sasl=c.password_of(user, user))
    world.connections.wait_reason(user, WORKS)
    resets = Resets(world.rig, api, world.kubectl, world.namespace, group, topic)

    def climb(name: str, ladder: list[tuple[str, str]], **spec: object) -> None:
        before = kafka.committed(group, topic)
        for number, (right, options) in enumerate(ladder):
            refused = f"{name}-{number}-{user}"
            resets.apply(refused, **spec, **world.connections.ref(user))
            status = resets.wait_reason(refused, "NotAuthorized", SECONDS)
            message = condition(status, "Succeeded")["message"]
            resource = options.format(group=group, topic=topic)
            assert f"{right} on " in message
            command = f"kafka-acls.sh --bootstrap-server {servers} --add --allow-principal"
            assert f"{command} User:{user} {resource}" in message
            assert kafka.committed(group, topic) == before
            _, operation, kind, pattern = resource.split()
            users.allow(user, operation, **{kind.removeprefix("--"): pattern})
        resets.apply(f"{name}-{user}", **spec, **world.connections.ref(user))
        done = "DryRunSucceeded" if "dryRun" in spec else "OffsetsReset"
        resets.wait_reason(f"{name}-{user}", done, SECONDS)

    climb("plan", TO_PLAN, to={"offset": 5}, dryRun=True)
    assert kafka.committed(group, topic) == {0: RECORDS}
    climb("move", TO_COMMIT, to={"offset": 5})
    assert kafka.committed(group, topic) == {0: 5}
    climb("forget", TO_DELETE, to={"position": "None"})
    assert kafka.committed(group, topic) == {}


def _assert_as_kstatus_wants(status: dict, reason: str) -> None:
    shown = {c["type"]: c["status"] for c in status["conditions"]}
    if reason == WORKS:
        assert shown == {"Ready": "True"}
    elif reason == UNREACHABLE:
        assert shown == {"Ready": "False", "Reconciling": "True"}
    else:
        assert shown == {"Ready": "False", "Stalled": "True"}


def _secret_texts(words: dict[str, str]) -> list[str]:
    """Passwords, and of a key each line of its PEM, as it could be told with or without others."""
    passwords = [
        words[name]
        for name in ("password", "wrong", "client_secret", "plain_password", "key_password")
    ]
    keys = [words[name] for name in ("key", "encrypted_key", "stranger_key")]
    lines = [line for key in keys for line in key.splitlines() if not line.startswith("-----")]
    assert len(lines) >= 2 * len(keys), "no keys in PEM"
    return passwords + [line for line in lines if len(line) >= 16]


@pytest.mark.parametrize("around", ["", "a", "ab", "abc"])
def test_a_secret_would_be_found_in_base64_too(around: str) -> None:
    secret = "password-1234"
    told = base64.b64encode(f"{around}{secret}{around}".encode()).decode()
    assert any(form in told for form in forms_of(secret))
