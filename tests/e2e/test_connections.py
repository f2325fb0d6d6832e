"""Each listener of a secured Kafka with each kind of credential, right and wrong.

A connection and a reset by it are applied together. Within seconds both say the same: that it
works, or what is wrong and what to do. At the end, nothing secret is in anything that was written.
"""

import base64
import re
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from kubernetes import client

from support import connections as c
from support.connections import Connections, in_config_map, in_secret
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.platform import Platform, platform
from support.resets import Resets, condition
from support.rig import Rig
from support.token_server import SCOPE, TokenServer
from support.users import Users

RECORDS = 20
SECONDS = 5  # to a reason
USERS = "users"  # the namespace of all of it
PLAIN_PASSWORD = "alice-secret"  # of the rig
KEY_PASSWORD = "key-secret"  # the rig's, too
WORKS = "Connected"
REFUSED = "NotAuthenticated"
UNREACHABLE = "KafkaUnavailable"


@dataclass(frozen=True)
class Row:
    """{name} in any text is something of World.words; {connection} is the connection's name."""

    listener: str
    reason: str
    message: str = ""  # a piece of it
    auth: str = "none"
    secret: dict = field(default_factory=dict)  # its data, by key; empty: there is none
    authority: str = ""  # a ConfigMap's ca.crt; empty: there is none
    spec: dict = field(default_factory=dict)


def _tls(*, ca: dict | None = None, **fields: object) -> dict:
    return {"tls": ({"ca": ca} if ca else {}) | fields}


def _sasl(mechanism: str, **fields: object) -> dict:
    who = {} if "usernameFrom" in fields else {"username": "{scram}"}
    password = {"passwordFrom": in_secret("{connection}", "password")}
    return {"sasl": {"mechanism": mechanism} | who | password | fields}


def _oauth(**fields: object) -> dict:
    oauth = {
        "tokenEndpointUrl": "{tokens}",
        "clientId": "resets",
        "clientSecretFrom": in_secret("{connection}", "client-secret"),
        "scope": SCOPE,
    }
    return {"sasl": {"mechanism": "OAUTHBEARER", "oauth": oauth | fields}}


CA = in_secret("{connection}", "ca.crt")
CA_IN_CONFIG_MAP = in_config_map("{connection}", "ca.crt")
CERTIFICATE = {"clientCertificate": {"secretName": "{connection}"}}
STRIMZI_USER = {"secretName": "{connection}", "certKey": "user.crt", "keyKey": "user.key"}
ENCRYPTED = {"clientCertificate": {"secretName": "{connection}", "keyPasswordKey": "password"}}
SCRAM_256, SCRAM_512 = "SCRAM-SHA-256", "SCRAM-SHA-512"
# The layouts of others: what Strimzi and cert-manager write into their Secrets.
PASSWORD = {"password": "{password}"}
CERT_MANAGER = {"ca.crt": "{ca}", "tls.crt": "{certificate}", "tls.key": "{key}"}
STRIMZI = {"ca.crt": "{ca}", "user.crt": "{certificate}", "user.key": "{key}"}

PLAINTEXT_ROWS = {
    "plaintext": Row("plaintext", WORKS),
    "plaintext, spoken to with TLS": Row(
        "plaintext",
        UNREACHABLE,
        "is this a plaintext listener? Then remove tls",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA),
    ),
    "plaintext, spoken to with SASL": Row(
        "plaintext",
        REFUSED,
        "this listener has no SASL",
        "SCRAM-SHA-512",
        secret=PASSWORD,
        spec=_sasl(SCRAM_512),
    ),
    "nobody there": Row("nobody", UNREACHABLE, "Connection refused"),
}
SASL_ROWS = {
    "PLAIN": Row(
        "sasl",
        WORKS,
        auth="PLAIN",
        secret={"password": "{plain_password}"},
        spec=_sasl("PLAIN", username="alice"),
    ),
    "PLAIN with a wrong password": Row(
        "sasl",
        REFUSED,
        "Kafka refuses user alice",
        "PLAIN",
        secret={"password": "{wrong}"},
        spec=_sasl("PLAIN", username="alice"),
    ),
    "PLAIN with an unknown user": Row(
        "sasl",
        REFUSED,
        "Kafka refuses user nobody",
        "PLAIN",
        secret={"password": "{wrong}"},
        spec=_sasl("PLAIN", username="nobody"),
    ),
    **{
        name: row
        for scram in (SCRAM_256, SCRAM_512)
        for name, row in {
            scram: Row("sasl", WORKS, auth=scram, secret=PASSWORD, spec=_sasl(scram)),
            f"{scram} with a wrong password": Row(
                "sasl",
                REFUSED,
                "correct the user name or the password",
                scram,
                secret={"password": "{wrong}"},
                spec=_sasl(scram),
            ),
            f"{scram} with an unknown user": Row(
                "sasl",
                REFUSED,
                "Kafka refuses user nobody",
                scram,
                secret=PASSWORD,
                spec=_sasl(scram, username="nobody"),
            ),
        }.items()
    },
    "a user from the Secret, with a line's end": Row(
        "sasl",
        WORKS,
        auth=SCRAM_512,
        secret={"user": "{scram}\n", "password": "{password}\n"},
        spec=_sasl(SCRAM_512, usernameFrom=in_secret("{connection}", "user")),
    ),
    "SASL, spoken to without": Row("sasl", UNREACHABLE, "wants SASL"),
    "SASL in plaintext, spoken to with TLS": Row(
        "sasl",
        UNREACHABLE,
        "is this a plaintext listener?",
        f"{SCRAM_512} over TLS",
        secret=PASSWORD | {"ca.crt": "{ca}"},
        spec=_sasl(SCRAM_512) | _tls(ca=CA),
    ),
    "no Secret": Row(
        "sasl",
        "SecretNotFound",
        "there is no Secret {connection} in namespace {namespace}: create it",
        SCRAM_512,
        spec=_sasl(SCRAM_512),
    ),
    "no such key in the Secret": Row(
        "sasl",
        "SecretNotFound",
        "Secret {namespace}/{connection} has no key password, only passwort",
        SCRAM_512,
        secret={"passwort": "{password}"},
        spec=_sasl(SCRAM_512),
    ),
    "an empty password": Row(
        "sasl",
        "SecretNotFound",
        "key password of Secret {namespace}/{connection} is empty",
        SCRAM_512,
        secret={"password": ""},
        spec=_sasl(SCRAM_512),
    ),
}
SIGNED_ROWS = {
    "OAUTHBEARER": Row(
        "signed",
        WORKS,
        auth="OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(),
    ),
    "OAUTHBEARER with a wrong client secret": Row(
        "signed",
        REFUSED,
        "refuses client resets (invalid_client",
        "OAUTHBEARER",
        secret={"client-secret": "{wrong}"},
        spec=_oauth(),
    ),
    "OAUTHBEARER with a wrong scope": Row(
        "signed",
        REFUSED,
        "refuses client resets (invalid_scope",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(scope="everything"),
    ),
    "OAUTHBEARER without a token endpoint": Row(
        "signed",
        UNREACHABLE,
        "the token endpoint http://{dead}/token",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(tokenEndpointUrl="http://{dead}/token"),
    ),
    "OAUTHBEARER with a token for others": Row(
        "signed",
        REFUSED,
        "Kafka refuses the token of client elsewhere",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(clientId="elsewhere"),
    ),
    "OAUTHBEARER with a forged token": Row(
        "signed",
        REFUSED,
        "Kafka refuses the token of client forger",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(clientId="forger"),
    ),
    "OAUTHBEARER with a token endpoint of one's own authority": Row(
        "signed",
        WORKS,
        auth="OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        authority="{ca}",
        spec=_oauth(tokenEndpointUrl="{tls_tokens}", ca=CA_IN_CONFIG_MAP),
    ),
    "OAUTHBEARER with a token endpoint that nobody vouches for": Row(
        "signed",
        REFUSED,
        "the token endpoint {tls_tokens}: its certificate can't be verified",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(tokenEndpointUrl="{tls_tokens}"),
    ),
    "a mechanism that the listener has not": Row(
        "signed",
        REFUSED,
        "this listener does not offer SCRAM-SHA-512, but OAUTHBEARER",
        SCRAM_512,
        secret=PASSWORD,
        spec=_sasl(SCRAM_512),
    ),
}
TLS_ROWS = {
    "TLS": Row("tls", WORKS, auth="none over TLS", secret={"ca.crt": "{ca}"}, spec=_tls(ca=CA)),
    "TLS with the authority in a ConfigMap": Row(
        "tls", WORKS, auth="none over TLS", authority="{ca}", spec=_tls(ca=CA_IN_CONFIG_MAP)
    ),
    "TLS with a bundle of authorities": Row(
        "tls",
        WORKS,
        auth="none over TLS",
        authority="{other_ca}{ca}",
        spec=_tls(ca=CA_IN_CONFIG_MAP),
    ),
    "TLS with the public authorities": Row(
        "tls",
        REFUSED,
        "is from the authority ca, which is not trusted; put that authority's certificate into "
        "tls.ca",
        "none over TLS",
        spec=_tls(),
    ),
    "TLS with another authority": Row(
        "tls",
        REFUSED,
        "is from the authority ca, which is not trusted",
        "none over TLS",
        secret={"ca.crt": "{other_ca}"},
        spec=_tls(ca=CA),
    ),
    "TLS with an expired certificate of the broker": Row(
        "expired",
        REFUSED,
        "the broker's certificate expired on",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA),
    ),
    "TLS for another host": Row(
        "tls",
        REFUSED,
        "not for kafka.example.com; correct tls.serverName",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA, serverName="kafka.example.com"),
    ),
    "TLS for a name that is said": Row(
        "tls",
        WORKS,
        auth="none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA, serverName="localhost"),
    ),
    "TLS with whomever": Row(
        "expired", WORKS, auth="none over TLS", spec=_tls(insecureSkipVerify=True)
    ),
    "TLS, spoken to in plaintext": Row("tls", UNREACHABLE, "is this a listener for TLS?"),
    "an authority that is no PEM": Row(
        "tls",
        REFUSED,
        "tls.ca is not made of certificates in PEM",
        "none over TLS",
        secret={"ca.crt": "{wrong}"},
        spec=_tls(ca=CA),
    ),
    "no ConfigMap": Row(
        "tls",
        "ConfigMapNotFound",
        "there is no ConfigMap {connection} in namespace {namespace}: create it",
        "none over TLS",
        spec=_tls(ca=CA_IN_CONFIG_MAP),
    ),
    "no such key in the ConfigMap": Row(
        "tls",
        "ConfigMapNotFound",
        "ConfigMap {namespace}/{connection} has no key ca-bundle.crt, only ca.crt",
        "none over TLS",
        authority="{ca}",
        spec=_tls(ca=in_config_map("{connection}", "ca-bundle.crt")),
    ),
}
BY_CERTIFICATE = "client certificate over TLS"
MTLS_ROWS = {
    "a certificate as cert-manager has it": Row(
        "mtls",
        WORKS,
        auth=BY_CERTIFICATE,
        secret=CERT_MANAGER,
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a certificate as Strimzi has it": Row(
        "mtls",
        WORKS,
        auth=BY_CERTIFICATE,
        secret=STRIMZI,
        spec=_tls(ca=CA, clientCertificate=STRIMZI_USER),
    ),
    "an encrypted key": Row(
        "mtls",
        WORKS,
        auth=BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{encrypted_key}", "password": "{key_password}\n"},
        spec=_tls(ca=CA, **ENCRYPTED),
    ),
    "an encrypted key with a wrong password": Row(
        "mtls",
        REFUSED,
        "the password of the client certificate's private key is wrong",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{encrypted_key}", "password": "{wrong}"},
        spec=_tls(ca=CA, **ENCRYPTED),
    ),
    "an encrypted key without a password": Row(
        "mtls",
        REFUSED,
        "with tls.clientCertificate.keyPasswordKey",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{encrypted_key}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "no certificate": Row(
        "mtls",
        REFUSED,
        "the broker wants a client certificate; set tls.clientCertificate",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA),
    ),
    "a stranger's certificate": Row(
        "mtls",
        REFUSED,
        "the broker refuses the client certificate",
        BY_CERTIFICATE,
        secret={"ca.crt": "{ca}", "tls.crt": "{stranger}", "tls.key": "{stranger_key}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a key of another certificate": Row(
        "mtls",
        REFUSED,
        "the private key is not the client certificate's",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{stranger_key}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a certificate that is no PEM": Row(
        "mtls",
        REFUSED,
        "the client certificate is not one in PEM",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.crt": "{wrong}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a key that is no PEM": Row(
        "mtls",
        REFUSED,
        "private key is not one in PEM",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{wrong}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "no key in the Secret": Row(
        "mtls",
        "SecretNotFound",
        "Secret {namespace}/{connection} has no key tls.key",
        BY_CERTIFICATE,
        secret={"ca.crt": "{ca}", "tls.crt": "{certificate}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
}
SASL_TLS_ROWS = {
    "PLAIN over TLS": Row(
        "sasl_tls",
        WORKS,
        auth="PLAIN over TLS",
        secret={"password": "{plain_password}", "ca.crt": "{ca}"},
        spec=_sasl("PLAIN", username="alice") | _tls(ca=CA),
    ),
    "SCRAM-SHA-256 over TLS": Row(
        "sasl_tls",
        WORKS,
        auth="SCRAM-SHA-256 over TLS",
        secret=PASSWORD | {"ca.crt": "{ca}"},
        spec=_sasl(SCRAM_256) | _tls(ca=CA),
    ),
    "SCRAM-SHA-512 over TLS": Row(
        "sasl_tls",
        WORKS,
        auth="SCRAM-SHA-512 over TLS",
        secret=PASSWORD,
        authority="{ca}",
        spec=_sasl(SCRAM_512) | _tls(ca=CA_IN_CONFIG_MAP),
    ),
    "SCRAM-SHA-512 over TLS with a wrong password": Row(
        "sasl_tls",
        REFUSED,
        "correct the user name or the password",
        "SCRAM-SHA-512 over TLS",
        secret={"password": "{wrong}", "ca.crt": "{ca}"},
        spec=_sasl(SCRAM_512) | _tls(ca=CA),
    ),
    "SCRAM-SHA-512 over TLS with another authority": Row(
        "sasl_tls",
        REFUSED,
        "is from the authority ca, which is not trusted",
        "SCRAM-SHA-512 over TLS",
        secret=PASSWORD | {"ca.crt": "{other_ca}"},
        spec=_sasl(SCRAM_512) | _tls(ca=CA),
    ),
    "OAUTHBEARER over TLS": Row(
        "signed_tls",
        WORKS,
        auth="OAUTHBEARER over TLS",
        secret={"client-secret": "{client_secret}", "ca.crt": "{ca}"},
        spec=_oauth() | _tls(ca=CA),
    ),
}
ROWS = PLAINTEXT_ROWS | SASL_ROWS | SIGNED_ROWS | TLS_ROWS | MTLS_ROWS | SASL_TLS_ROWS


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
        _assert_nothing_secret(made, kubectl, _secret_texts(words) + given)
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
    holders = [c.secret(name, **_filled(row.secret, words))] if row.secret else []
    holders += [c.authority(name, _filled(row.authority, words))] if row.authority else []
    if holders:
        world.kubectl.apply(*holders)
    began = time.monotonic()
    world.kubectl.apply(
        c.manifest(c.NAMESPACED, name, servers, **_filled(row.spec, words)),
        resets.manifest("replay-" + name, to={"offset": 5}, **world.connections.ref(name)),
    )
    status = world.connections.wait(name, SECONDS)
    wanted = "OffsetsReset" if row.reason == WORKS else row.reason
    outcome = resets.wait_reason(
        "replay-" + name, wanted, max(0.1, SECONDS - (time.monotonic() - began))
    )
    ready = condition(status, "Ready")
    assert ready["reason"] == row.reason, ready
    assert _filled(row.message, words) in ready["message"]
    assert status["auth"] == row.auth
    _assert_as_kstatus_wants(status, row.reason)
    if row.reason == WORKS:
        assert status["brokers"] == 1
        assert status["clusterId"]
        assert kafka.committed(group, world.topic) == {0: 5}
    else:
        assert _filled(row.message, words) in condition(outcome, "Succeeded")["message"]
        assert kafka.committed(group, world.topic) == {0: RECORDS}
        resets.delete("replay-" + name)
        world.connections.delete(name)  # else it is tried again and again


def test_the_columns_that_kubectl_prints_tell_how_a_connection_is(world: World) -> None:
    name = f"c-{secrets.token_hex(4)}"
    world.kubectl.apply(c.secret(name, **{"password": world.words["password"]}))
    spec = _filled(_sasl(SCRAM_512), world.words | {"connection": name})
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


def _filled(value: object, words: dict[str, str]) -> object:
    """The same with {name} replaced in every text."""
    if isinstance(value, dict):
        return {key: _filled(inner, words) for key, inner in value.items()}
    return value.format(**words) if isinstance(value, str) else value


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


def _assert_nothing_secret(made: Platform, kubectl: Kubectl, texts: list[str]) -> None:
    """Of all that the operator wrote: its log, what it told the API server, and its metrics."""
    written = {
        "its log": made.operator.output(),
        "its metrics": "\n".join(made.operator.metrics()),
        "resets and connections": kubectl("get", "ofr,kconn", "-o", "json"),
        "events": kubectl("get", "events.events.k8s.io", "-o", "json"),
    }
    assert all(len(text) > 100 for text in written.values()), "nothing was written: no witness"
    assert '"level":"debug"' in re.sub(r"\s", "", written["its log"]), "no debug log: no witness"
    forms = [form for secret in texts for form in _forms(secret)]
    found = {(place, form[:8]) for place, text in written.items() for form in forms if form in text}
    assert not found, f"secrets that begin so: {found}"


def _forms(secret: str) -> list[str]:
    """As it is, and in base64: by itself, or somewhere in a longer text, however it is aligned."""
    forms = [secret]
    for before, spoilt in enumerate((0, 2, 3)):  # characters, by that many bytes before it
        encoded = base64.b64encode(b" " * before + secret.encode()).decode().rstrip("=")
        forms.append(encoded[spoilt:-1])  # the last one may hold bits of what follows
    return forms


@pytest.mark.parametrize("around", ["", "a", "ab", "abc"])
def test_a_secret_would_be_found_in_base64_too(around: str) -> None:
    secret = "password-1234"
    told = base64.b64encode(f"{around}{secret}{around}".encode()).decode()
    assert any(form in told for form in _forms(secret))
