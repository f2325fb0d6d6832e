"""What the API server says to a connection before the operator ever sees it."""

import copy

import pytest
import yaml

from support.kubectl import Kubectl, KubectlError

KIND = "KafkaConnection"
CLUSTER_KIND = "ClusterKafkaConnection"
both_kinds = pytest.mark.parametrize("kind", [KIND, CLUSTER_KIND])

NO_BROKERS = "name the brokers: write at least one host:port"
BROKER = "name a broker: write host:port, an IPv6 address in brackets, such as kafka-0:9093"
AUTHORITY = "say where the authority's certificate is: write exactly one of secretKeyRef and"
SECRET = "name the Secret: write its metadata.name"
CONFIG_MAP = "name the ConfigMap: write its metadata.name"
SECRET_KEY = "name the key in the Secret's data: write 1 to 253 letters, digits, dots"
CONFIG_MAP_KEY = "name the key in the ConfigMap's data: write 1 to 253 letters, digits, dots"
SKIPPED = "insecureSkipVerify: true checks no name: leave out serverName, or leave out"
SERVER = "name what the brokers' certificates are for: write a host's name or an address"
WHO = "say who: write exactly one of sasl.username and sasl.usernameFrom"
PASSWORD = "say where the password is: write sasl.passwordFrom, such as passwordFrom: {secretKeyRef"
USER = "name the user: write 1 to 512 characters, none of them a control character"
CLIENT = "name the client: write 1 to 512 characters, none of them a control character"
OAUTH = "OAUTHBEARER and oauth belong together: write sasl.oauth for the mechanism OAUTHBEARER"
NO_USER = "OAUTHBEARER has no user and password: leave out sasl.username, sasl.usernameFrom and"
ENDPOINT = "write the token endpoint as https://host/path, without a user, a query or a fragment"
SCOPE = "write scopes separated by single blanks, of ASCII characters without quotes"
EXTENSION = "name the extensions by letters alone, and none of them auth"
EXTENSION_VALUE = "write a value of ASCII characters without commas"
PROPERTY = "a property is not allowed: write only broker.address.family, broker.address.ttl"
PROPERTY_VALUE = "write 1 to 256 characters, none of them a control character"
WHOM = "say who: write namespaces, namespaceSelector or both; namespaceSelector: {} is every"
NAMESPACE = "name the namespace: write its metadata.name; for several by their labels, or all"
GROUPS = "say which groups: write at least one, such as team-a-*; * is every group"
TOPICS = "say which topics: write at least one, such as orders*; * is every topic"
GROUP = "write a group's name, or the beginning of names and a * at the end, such as team-a-*"
TOPIC = "write a topic's name, or the beginning of names and a * at the end, such as orders*"
VALUES = "write values for In and NotIn, and none for Exists and DoesNotExist"
VALUE = 'write a value; for the empty one, matchLabels: {name: ""}'
LABEL = "name the label: write 1 to 317 characters"


def _key(name: object = "user", key: object = "password", kind: str = "secret") -> dict:
    reference = {"name": name, "key": key}
    return {f"{kind}KeyRef": {k: v for k, v in reference.items() if v is not None}}


def _tls(**fields: object) -> dict:
    return {"tls": fields}


def _sasl(**fields: object) -> dict:
    """A user with a password, but for these fields; None: without it."""
    whole = {"mechanism": "SCRAM-SHA-512", "username": "resets", "passwordFrom": _key()} | fields
    return {"sasl": {k: v for k, v in whole.items() if v is not None}}


def _oauth(**fields: object) -> dict:
    """Client credentials, but for these fields; None: without it."""
    whole = {
        "tokenEndpointUrl": "https://tokens.example.com/oauth2/token",
        "clientId": "resets",
        "clientSecretFrom": _key(),
    } | fields
    oauth = {k: v for k, v in whole.items() if v is not None}
    return {"sasl": {"mechanism": "OAUTHBEARER", "oauth": oauth}}


def _access(**fields: object) -> dict:
    """One rule, but for these fields; None: without it."""
    whole = {"namespaces": ["payments"], "groups": ["orders-*"], "topics": ["orders"]} | fields
    return {"access": [{k: v for k, v in whole.items() if v is not None}]}


def _labelled(**condition: object) -> dict:
    return _access(namespaceSelector={"matchExpressions": [condition]})


REFUSED = {
    "no brokers": ({"bootstrapServers": None}, "spec.bootstrapServers: Required value"),
    "an empty list of brokers": ({"bootstrapServers": []}, NO_BROKERS),
    "brokers as one text": ({"bootstrapServers": "k:1"}, "must be of type array"),
    "an empty broker": ({"bootstrapServers": [""]}, BROKER),
    "a broker without port": ({"bootstrapServers": ["kafka"]}, BROKER),
    "a broker with port 0": ({"bootstrapServers": ["kafka:0"]}, BROKER),
    "a broker with port 65536": ({"bootstrapServers": ["a:1", "kafka:65536"]}, BROKER),
    "two brokers in one": ({"bootstrapServers": ["a:1,b:1"]}, BROKER),
    "a blank before a broker": ({"bootstrapServers": [" a:1"]}, BROKER),
    "a line end after a broker": ({"bootstrapServers": ["a:1\n"]}, BROKER),
    "a protocol": ({"bootstrapServers": ["SSL://kafka:9093"]}, BROKER),
    "a bare IPv6 address": ({"bootstrapServers": ["::1:9093"]}, BROKER),
    "65 brokers": ({"bootstrapServers": ["k:1"] * 65}, "must have at most 64 items"),
    "a broker of 260": ({"bootstrapServers": ["k" * 255 + ":9093"]}, "may not be more than 259"),
    "a password beside all": ({"password": "p"}, 'unknown field "spec.password"'),
    "an authority from nowhere": (_tls(ca={}), AUTHORITY),
    "two authorities": (_tls(ca=_key() | _key(kind="configMap")), AUTHORITY),
    "an authority itself": (_tls(ca={"pem": "x"}), 'unknown field "spec.tls.ca.pem"'),
    "an authority as a text": (_tls(ca="PEM"), "spec.tls.ca in body must be of type object"),
    "an authority without a name": (_tls(ca=_key(name=None)), "secretKeyRef.name: Required"),
    "an authority without a key": (_tls(ca=_key(key=None)), "secretKeyRef.key: Required"),
    "a Secret's name that is none": (_tls(ca=_key(name="Cluster CA")), SECRET),
    "an empty name": (_tls(ca=_key(name="")), SECRET),
    "a Secret of another namespace": (_tls(ca=_key(name="kafka/cluster-ca")), SECRET),
    "a key that is a path": (_tls(ca=_key(key="../ca.crt")), SECRET_KEY),
    "a ConfigMap's name that is none": (_tls(ca=_key(name="A", kind="configMap")), CONFIG_MAP),
    "an empty key": (_tls(ca=_key(key="", kind="configMap")), CONFIG_MAP_KEY),
    "a certificate from nowhere": (
        _tls(clientCertificate={"certKey": "user.crt"}),
        "spec.tls.clientCertificate.secretName: Required value",
    ),
    "a certificate's Secret that is none": (_tls(clientCertificate={"secretName": "A"}), SECRET),
    "a certificate's key that is a path": (
        _tls(clientCertificate={"secretName": "a", "certKey": "a/b"}),
        SECRET_KEY,
    ),
    "an empty key of a key": (
        _tls(clientCertificate={"secretName": "a", "keyKey": ""}),
        SECRET_KEY,
    ),
    "an empty key of a key's password": (
        _tls(clientCertificate={"secretName": "a", "keyPasswordKey": ""}),
        SECRET_KEY,
    ),
    "a key's password itself": (
        _tls(clientCertificate={"secretName": "a", "keyPassword": "p"}),
        'unknown field "spec.tls.clientCertificate.keyPassword"',
    ),
    "a name that nobody checks": (_tls(serverName="kafka", insecureSkipVerify=True), SKIPPED),
    "an empty name of the brokers": (_tls(serverName=""), SERVER),
    "brokers' names": (_tls(serverName="kafka-0,kafka-1"), SERVER),
    "trust as a text": (_tls(insecureSkipVerify="yes"), "must be of type boolean"),
    "an unknown field of tls": (_tls(enabled=True), 'unknown field "spec.tls.enabled"'),
    "no mechanism": (_sasl(mechanism=None), "spec.sasl.mechanism: Required value"),
    "an unknown mechanism": (
        _sasl(mechanism="GSSAPI"),
        '"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"',
    ),
    "nobody": (_sasl(username=None), WHO),
    "a user twice": (_sasl(usernameFrom=_key(key="username")), WHO),
    "an empty user": (_sasl(username=""), USER),
    "a user with a line end": (_sasl(username="resets\nmechanism=PLAIN"), USER),
    "a user of 513": (_sasl(username="u" * 513), "may not be more than 512"),
    "a user from a ConfigMap": (
        _sasl(username=None, usernameFrom=_key(kind="configMap")),
        'unknown field "spec.sasl.usernameFrom.configMapKeyRef"',
    ),
    "no password": (_sasl(passwordFrom=None), PASSWORD),
    "a password itself": (_sasl(password="p"), 'unknown field "spec.sasl.password"'),
    "a password from nowhere": (
        _sasl(passwordFrom={}),
        "spec.sasl.passwordFrom.secretKeyRef: Required value",
    ),
    "a password from a ConfigMap": (
        _sasl(passwordFrom=_key(kind="configMap")),
        'unknown field "spec.sasl.passwordFrom.configMapKeyRef"',
    ),
    "a password's Secret that is none": (_sasl(passwordFrom=_key(name="a_b")), SECRET),
    "a password's key that is none": (_sasl(passwordFrom=_key(key="a b")), SECRET_KEY),
    "OAUTHBEARER without oauth": ({"sasl": {"mechanism": "OAUTHBEARER"}}, OAUTH),
    "oauth of another mechanism": (_sasl(oauth=_oauth()["sasl"]["oauth"]), OAUTH),
    "OAUTHBEARER with a user": ({"sasl": _oauth()["sasl"] | {"username": "a"}}, NO_USER),
    "OAUTHBEARER with a password": ({"sasl": _oauth()["sasl"] | {"passwordFrom": _key()}}, NO_USER),
    "no token endpoint": (_oauth(tokenEndpointUrl=None), "tokenEndpointUrl: Required value"),
    "no client": (_oauth(clientId=None), "spec.sasl.oauth.clientId: Required value"),
    "no client's secret": (_oauth(clientSecretFrom=None), "clientSecretFrom: Required value"),
    "a client's secret itself": (_oauth(clientSecret="s"), "oauth.clientSecret"),
    "a token endpoint without protocol": (_oauth(tokenEndpointUrl="tokens/oauth2"), ENDPOINT),
    "a token endpoint of another protocol": (_oauth(tokenEndpointUrl="file:///etc/x"), ENDPOINT),
    "a password in the token endpoint": (_oauth(tokenEndpointUrl="https://a:b@c/d"), ENDPOINT),
    "a secret in the token endpoint": (_oauth(tokenEndpointUrl="https://c/d?secret=s"), ENDPOINT),
    "a fragment in the token endpoint": (_oauth(tokenEndpointUrl="https://c/d#e"), ENDPOINT),
    "a line end in the token endpoint": (_oauth(tokenEndpointUrl="https://c/d\n"), ENDPOINT),
    "a long token endpoint": (_oauth(tokenEndpointUrl="https://c/" + "d" * 2039), "more than 2048"),
    "an empty client": (_oauth(clientId=""), CLIENT),
    "a client with a line end": (_oauth(clientId="a\r\nb"), CLIENT),
    "an empty scope": (_oauth(scope=""), SCOPE),
    "scopes with a line end": (_oauth(scope="a\nb"), SCOPE),
    "scopes with two blanks": (_oauth(scope="a  b"), SCOPE),
    "an extension with a dot": (_oauth(extensions={"a.b": "c"}), EXTENSION),
    "an extension auth": (_oauth(extensions={"auth": "c"}), EXTENSION),
    "an extension with a comma": (_oauth(extensions={"a": "b,c=d"}), EXTENSION_VALUE),
    "an extension with a line end": (_oauth(extensions={"a": "b\n"}), EXTENSION_VALUE),
    "17 extensions": (
        _oauth(extensions={"a" * n: "b" for n in range(1, 18)}),
        "must have at most 16 items",
    ),
    "an endpoint's authority from nowhere": (_oauth(ca={}), AUTHORITY),
    "a property with a password": ({"properties": {"sasl.password": "p"}}, PROPERTY),
    "a property with a file": ({"properties": {"ssl.ca.location": "/etc/x"}}, PROPERTY),
    "a property with a plugin": ({"properties": {"plugin.library.paths": "x"}}, PROPERTY),
    "a property with a command": ({"properties": {"sasl.kerberos.kinit.cmd": "x"}}, PROPERTY),
    "a property that tls is for": (
        {"properties": {"security.protocol": "PLAINTEXT"}},
        PROPERTY,
    ),
    "a number for a property": (
        {"properties": {"socket.timeout.ms": 10000}},
        "must be of type string",
    ),
    "an empty property": ({"properties": {"socket.timeout.ms": ""}}, PROPERTY_VALUE),
    "a property with a line end": (
        {"properties": {"client.dns.lookup": "a\nsasl.password=b"}},
        PROPERTY_VALUE,
    ),
    "a property of 257": (
        {"properties": {"ssl.cipher.suites": "c" * 257}},
        "may not be more than 256",
    ),
}
REFUSED_ACCESS = {
    "nobody": (_access(namespaces=None), WHOM),
    "no namespaces": (_access(namespaces=[]), WHOM),
    "a namespace that is none": (_access(namespaces=["team-*"]), NAMESPACE),
    "an empty namespace": (_access(namespaces=[""]), NAMESPACE),
    "every namespace by a star": (_access(namespaces=["*"]), NAMESPACE),
    "257 namespaces": (
        _access(namespaces=[f"n-{n}" for n in range(257)]),
        "must have at most 256 items",
    ),
    "groups that are not said": (_access(groups=None), "spec.access[0].groups: Required value"),
    "no groups": (_access(groups=[]), GROUPS),
    "an empty group": (_access(groups=[""]), GROUP),
    "a star in the middle": (_access(groups=["team-*-a"]), GROUP),
    "a star at the beginning": (_access(groups=["*-orders"]), GROUP),
    "two stars": (_access(groups=["team-**"]), GROUP),
    "257 groups": (_access(groups=["g"] * 257), "must have at most 256 items"),
    "a group of 256": (_access(groups=["g" * 256]), "may not be more than 255"),
    "topics that are not said": (_access(topics=None), "spec.access[0].topics: Required value"),
    "no topics": (_access(topics=[]), TOPICS),
    "an empty topic": (_access(topics=[""]), TOPIC),
    "a topic of 250": (_access(topics=["t" * 250]), "may not be more than 249"),
    "a topic with a star in the middle": (_access(topics=["a*b"]), TOPIC),
    "a topic by an expression": (_access(topics=["orders.+"]), TOPIC),
    "257 topics": (_access(topics=["t"] * 257), "must have at most 256 items"),
    "65 rules": ({"access": _access()["access"] * 65}, "must have at most 64 items"),
    "an unknown label's operator": (_labelled(key="a", operator="in"), '"In", "NotIn", "Exists"'),
    "In without values": (_labelled(key="a", operator="In"), VALUES),
    "NotIn no values": (_labelled(key="a", operator="NotIn", values=[]), VALUES),
    "Exists with values": (_labelled(key="a", operator="Exists", values=["b"]), VALUES),
    "a label without a name": (_labelled(operator="Exists"), "matchExpressions[0].key: Required"),
    "a label with an empty name": (_labelled(key="", operator="Exists"), LABEL),
    "an empty value of a label": (_labelled(key="a", operator="In", values=[""]), VALUE),
    "17 conditions": (
        _access(namespaceSelector={"matchExpressions": [{"key": "a", "operator": "Exists"}] * 17}),
        "must have at most 16 items",
    ),
    "17 labels": (
        _access(namespaceSelector={"matchLabels": {f"a{n}": "b" for n in range(17)}}),
        "must have at most 16 items",
    ),
    "an empty name of a label": (_access(namespaceSelector={"matchLabels": {"": "a"}}), LABEL),
    "users": (_access(users=["a"]), 'unknown field "spec.access[0].users"'),
}
ACCEPTED = {
    "plaintext": {},
    "64 brokers": {"bootstrapServers": ["k:1"] * 64},
    "IPv6 brokers": {"bootstrapServers": ["[::1]:9093", "[fe80::1%eth0]:65535"]},
    "a broker of 259": {"bootstrapServers": ["k" * 253 + ":65535"]},
    "TLS with public authorities": {"tls": {}},
    "an authority in a Secret": _tls(ca=_key(name="prod-cluster-ca-cert", key="ca.crt")),
    "an authority in a ConfigMap": _tls(ca=_key(name="ca", key="ca-bundle.crt", kind="configMap")),
    "a certificate": _tls(clientCertificate={"secretName": "resets"}),
    "a user of Strimzi": _tls(
        ca=_key(name="prod-cluster-ca-cert", key="ca.crt"),
        clientCertificate={"secretName": "resets", "certKey": "user.crt", "keyKey": "user.key"},
    ),
    "an encrypted key": _tls(clientCertificate={"secretName": "a", "keyPasswordKey": "password"}),
    "a name of the brokers": _tls(serverName="kafka.example.com"),
    "no checks": _tls(ca=_key(), insecureSkipVerify=True),
    "PLAIN": _sasl(mechanism="PLAIN"),
    "SCRAM-SHA-256": _sasl(mechanism="SCRAM-SHA-256"),
    "SCRAM-SHA-512 over TLS": _sasl() | {"tls": {}},
    "a user from a Secret": _sasl(username=None, usernameFrom=_key(key="username")),
    "a user with a blank": _sasl(username="$ConnectionString Gl\u00fcck"),
    "a user of 512": _sasl(username="u" * 512),
    "client credentials": _oauth(),
    "all of client credentials": _oauth(
        tokenEndpointUrl="http://[::1]:8080/realms/kafka/protocol/openid-connect/token",
        scope="kafka api://resets/.default",
        extensions={"logicalCluster": "lkc-1", "identityPoolId": "pool-1"},
        ca=_key(key="ca.crt", kind="configMap"),
    ),
    "a token endpoint of 2048": _oauth(tokenEndpointUrl="https://c/" + "d" * 2038),
    "no properties": {"properties": {}},
    "every property": {
        "properties": {
            "broker.address.family": "v4",
            "broker.address.ttl": "1000",
            "client.dns.lookup": "resolve_canonical_bootstrap_servers_only",
            "metadata.max.age.ms": "900000",
            "reconnect.backoff.max.ms": "10000",
            "reconnect.backoff.ms": "100",
            "socket.connection.setup.timeout.ms": "30000",
            "socket.keepalive.enable": "true",
            "socket.nagle.disable": "false",
            "socket.timeout.ms": "60000",
            "ssl.cipher.suites": "ECDHE-RSA-AES256-GCM-SHA384",
        }
    },
}
ACCEPTED_ACCESS = {
    "nobody": {"access": []},
    "a namespace": _access(),
    "all of every namespace": _access(
        namespaces=None, namespaceSelector={}, groups=["*"], topics=["*"]
    ),
    "named and selected namespaces": _access(
        namespaceSelector={
            "matchLabels": {"kubernetes.io/metadata.name": "a"},
            "matchExpressions": [
                {"key": "team", "operator": "In", "values": ["a", "b"]},
                {"key": "team", "operator": "NotIn", "values": ["c"]},
                {"key": "example.com/team", "operator": "Exists"},
                {"key": "locked", "operator": "DoesNotExist"},
            ],
        }
    ),
    "a group with blanks and umlauts": _access(groups=["alle B\u00fccher, 2. *"]),
    "a group of 254 and a star": _access(groups=["g" * 254 + "*"]),
    "a topic of 248 and a star": _access(topics=["t" * 248 + "*"]),
    "64 rules": {"access": _access()["access"] * 64},
    "256 of each": _access(
        namespaces=[f"n-{n}" for n in range(256)],
        groups=[f"g-{n}*" for n in range(256)],
        topics=[f"t-{n}*" for n in range(256)],
    ),
}


def _manifest(kind: str, name: str, fields: dict) -> dict:
    """A connection with these fields of spec; None: without it."""
    spec = {"bootstrapServers": ["kafka-0.kafka:9093"]} | fields
    return {
        "apiVersion": "offsetreset.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {k: v for k, v in spec.items() if v is not None},
    }


def _refusal(kubectl: Kubectl, kind: str, fields: dict) -> str:
    """What a user reads; fails if the manifest was accepted."""
    with pytest.raises(KubectlError) as refused:
        kubectl.create(_manifest(kind, "wrong", fields))
    return str(refused.value)


def _stored(kubectl: Kubectl, kind: str, fields: dict) -> dict:
    """The spec as the server would store it."""
    manifest = yaml.safe_dump(_manifest(kind, "right", fields))
    return kubectl.json("create", "--dry-run=server", "-f", "-", stdin=manifest)["spec"]


def _with_defaults(kind: str, fields: dict) -> dict:
    spec = copy.deepcopy(_manifest(kind, "right", fields)["spec"])
    if "tls" in spec:
        spec["tls"].setdefault("insecureSkipVerify", False)
    if certificate := spec.get("tls", {}).get("clientCertificate"):
        certificate.setdefault("certKey", "tls.crt")
        certificate.setdefault("keyKey", "tls.key")
    return spec | ({"access": spec.get("access", [])} if kind == CLUSTER_KIND else {})


@both_kinds
@pytest.mark.parametrize("fields, message", REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_connection_is_refused(
    kubectl: Kubectl, kind: str, fields: dict, message: str
) -> None:
    assert message in _refusal(kubectl, kind, fields)


@pytest.mark.parametrize("fields, message", REFUSED_ACCESS.values(), ids=REFUSED_ACCESS.keys())
def test_a_wrong_access_is_refused(kubectl: Kubectl, fields: dict, message: str) -> None:
    assert message in _refusal(kubectl, CLUSTER_KIND, fields)


def test_access_is_for_cluster_connections(kubectl: Kubectl) -> None:
    assert 'unknown field "spec.access"' in _refusal(kubectl, KIND, _access())


@both_kinds
@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_right_connection_is_accepted_with_defaults(
    kubectl: Kubectl, kind: str, fields: dict
) -> None:
    assert _stored(kubectl, kind, fields) == _with_defaults(kind, fields)


@pytest.mark.parametrize("fields", ACCEPTED_ACCESS.values(), ids=ACCEPTED_ACCESS.keys())
def test_a_right_access_is_accepted(kubectl: Kubectl, fields: dict) -> None:
    assert _stored(kubectl, CLUSTER_KIND, fields) == _with_defaults(CLUSTER_KIND, fields)


@both_kinds
@pytest.mark.parametrize("how", ["create", "apply --server-side"])
def test_a_tls_without_a_value_is_kept_for_the_operator_to_refuse(
    kubectl: Kubectl, kind: str, how: str
) -> None:
    manifest = yaml.safe_dump(_manifest(kind, "null-tls", {})) + "  tls:\n"
    dry = [*how.split(), "--dry-run=server", "-f", "-"]
    spec = kubectl.json(*dry, stdin=manifest)["spec"]
    assert "tls" in spec and spec["tls"] is None


def test_an_access_without_a_value_admits_nobody(kubectl: Kubectl) -> None:
    manifest = yaml.safe_dump(_manifest(CLUSTER_KIND, "null-access", {})) + "  access:\n"
    stored = kubectl.json("create", "--dry-run=server", "-f", "-", stdin=manifest)
    assert stored["spec"]["access"] == []


def test_a_connection_can_be_changed(kubectl: Kubectl) -> None:
    before, after = _sasl(), _oauth() | {"tls": {}, "bootstrapServers": ["another:9093"]}
    kubectl.apply(_manifest(KIND, "changing", before))
    kubectl.apply(_manifest(KIND, "changing", after))
    stored = kubectl.json("get", "kconn", "changing")
    assert stored["spec"] == _with_defaults(KIND, after)
    assert stored["metadata"]["generation"] == 2


def test_a_status_in_the_manifest_is_ignored(kubectl: Kubectl) -> None:
    forged = {"observedGeneration": 1, "brokers": 3}
    kubectl.apply(_manifest(KIND, "forged", {}) | {"status": forged})
    assert kubectl.json("get", "kconn", "forged")["status"] == {"observedGeneration": -1}
