"""Passwords, authorities and certificates of Kafka are replaced while resets go on.

The operator looks at a Secret when it is used: it needs no restart, and is told nothing.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kubernetes import client

from rig.certificates import Authority
from rig.ports import free_port
from support import connections as c
from support import sockets
from support.broker_certificate import present
from support.connections import Connections, in_config_map, in_secret
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.platform import Platform, platform
from support.resets import Resets, condition, reason
from support.rig import Rig
from support.users import Users

RECORDS = 20
TO = {"offset": 5}
PAUSE = 0.5  # between two of them
LIFE = timedelta(seconds=25)  # of the first client certificate: it ends within the stream
# Less than a client would be kept for, idle.
DROPPED_WITHIN = 10
MENDED_WITHIN = 30  # it is tried again after 1, 2, 4 and 8 s
NEWS_WITHIN = 5  # what a watch tells is not waited for
USERS = "users"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One of their own, as a broker gets another certificate."""
    with Rig.own(tmp_path_factory.mktemp("rig"), "--secure") as own:
        yield own


@pytest.fixture(scope="module")
def made(
    rig: Rig, crds: None, api: client.ApiClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("rotation")
    with platform(rig, api, folder, {USERS: {}}, "--log-level=debug") as made:
        yield made


@dataclass(frozen=True)
class World:
    rig: Rig
    api: client.ApiClient
    made: Platform
    kafka: Kafka
    users: Users
    folder: Path  # of certificates
    topic: str
    user: str  # of SCRAM; it and mia may reset this topic for groups that begin with its name

    @property
    def kubectl(self) -> Kubectl:
        return self.made.kubectl(USERS)

    @property
    def connections(self) -> Connections:
        return Connections(self.api, self.kubectl)

    def resets(self, group: str) -> Resets:
        kubectl = self.kubectl
        return Resets(self.rig, self.api, kubectl, kubectl.namespace, group, self.topic)

    def group(self, number: object) -> str:
        """One that has read everything."""
        name = f"{self.user}-{number}"
        self.kafka.commit(name, self.topic, {0: RECORDS})
        return name

    def new_password(self) -> str:
        """Kafka takes no other one from now on."""
        password = secrets.token_hex(12)
        self.users.set_password(self.user, password)
        return password

    def port(self, listener: str) -> int:
        return int(self.rig.listener(listener).rsplit(":", 1)[1])

    def client_certificate(self, end: datetime | None = None) -> dict[str, str]:
        """A new one of mia, as cert-manager has it."""
        tls, name = self.rig.tls_folder, secrets.token_hex(4)
        authority = Authority(tls / "ca.pem", tls / "ca.key")
        authority.issue(name, "/CN=mia", "DNS:mia", "clientAuth", self.folder, end)
        pem, key = ((self.folder / f"{name}.{kind}").read_text() for kind in ("pem", "key"))
        return {"ca.crt": self.rig.pem("ca.pem"), "tls.crt": pem, "tls.key": key}

    def new_server_certificate(self) -> tuple[str, Callable[[], None]]:
        """Its authority, which is new too, and what makes the listener "tls" show it."""
        name = secrets.token_hex(4)
        authority = Authority.create(self.folder, f"authority-{name}")
        names = "DNS:localhost,IP:127.0.0.1"
        authority.issue(name, "/CN=localhost", names, "serverAuth", self.folder)
        parts = [self.folder / f"{name}.key", self.folder / f"{name}.pem", authority.certificate]
        keystore = self.folder / f"{name}-keystore.pem"
        keystore.write_text("".join(part.read_text() for part in parts))

        def show() -> None:
            address = self.rig.listener("tls")
            present(self.rig.kafka_bootstrap, address, keystore, self.folder / f"{name}.pem")

        return authority.certificate.read_text(), show


@pytest.fixture(scope="module")
def world(
    rig: Rig,
    api: client.ApiClient,
    kafka: Kafka,
    made: Platform,
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    unique = secrets.token_hex(4)
    topic, user = f"topic-{unique}", f"user-{unique}"
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    users = Users(rig.kafka_bootstrap)
    for name in (user, "mia"):
        users.allow_resets(name, f"{user}-*", topic)
    folder = tmp_path_factory.mktemp("certificates")
    return World(rig, api, made, kafka, users, folder, topic, user)


def _make_connections(world: World, life: timedelta) -> dict[str, str]:
    """One a kind of credential. The listeners, by the connections' names."""
    end = datetime.now(UTC) + life
    world.kubectl.apply(
        c.secret("by-password", password=world.new_password()),
        c.authority("by-authority", world.rig.pem("ca.pem")),
        c.secret("by-certificate", **world.client_certificate(end)),
    )
    listeners = {"by-password": "sasl", "by-authority": "tls", "by-certificate": "mtls"}
    specs = {
        "by-password": {"sasl": c.password_of(world.user, "by-password")},
        "by-authority": {"tls": {"ca": in_config_map("by-authority", "ca.crt")}},
        "by-certificate": {
            "tls": {
                "ca": in_secret("by-certificate", "ca.crt"),
                "clientCertificate": {"secretName": "by-certificate"},
            }
        },
    }
    for name, spec in specs.items():
        world.connections.apply(name, world.rig.listener(listeners[name]), **spec)
    for name in specs:
        world.connections.wait_reason(name, "Connected")
    return listeners


class Stream:
    """Resets, one after the other, by each of the connections in turn."""

    def __init__(self, world: World, names: list[str]) -> None:
        self._world = world
        self._names = names
        self.by_connection: dict[str, list[str]] = {name: [] for name in names}

    def flow(self, count: int) -> None:
        for _ in range(count):
            number = sum(map(len, self.by_connection.values()))
            connection = self._names[number % len(self._names)]
            way = self._world.connections.ref(connection)
            group = self._world.group(f"stream-{number}")
            self._world.resets(group).apply(f"stream-{number}", to=TO, **way)
            self.by_connection[connection].append(f"stream-{number}")
            time.sleep(PAUSE)

    def wait_done(self) -> None:
        """Each has done what it was to do."""
        for names in self.by_connection.values():
            for name in names:
                group = f"{self._world.user}-{name}"
                status = self._world.resets(group).wait_closed(name, 60)
                assert reason(status) == "OffsetsReset", (name, status)
                assert self._world.kafka.committed(group, self._world.topic) == {0: 5}


def test_a_stream_of_resets_goes_on_while_password_authority_and_certificate_are_replaced(
    world: World,
) -> None:
    listeners = _make_connections(world, LIFE)
    ends = datetime.now(UTC) + LIFE
    stream = Stream(world, list(listeners))
    # Each as it is done without an interruption: where both can be known, they are, for a while.
    new_authority, show = world.new_server_certificate()
    both = new_authority + world.rig.pem("ca.pem")
    apply = world.kubectl.apply

    def change_password() -> None:
        apply(c.secret("by-password", password=world.new_password()))

    changes: list[tuple[str, Callable[[], None]]] = [
        ("by-authority", lambda: apply(c.authority("by-authority", both))),
        ("by-password", change_password),
        ("by-certificate", lambda: apply(c.secret("by-certificate", **world.client_certificate()))),
        ("by-authority", show),
        ("by-authority", lambda: apply(c.authority("by-authority", new_authority))),
    ]
    refusable: set[str] = set()  # what came while Kafka and the Secret said different things
    for connection, change in changes:
        stream.flow(len(listeners))  # so that each has a client
        port, pid = world.port(listeners[connection]), world.made.operator.pid
        before = sockets.connections(pid, port)
        change()
        if change is change_password:
            refusable = set(stream.by_connection[connection])
        stream.flow(len(listeners))
        if change is not show:  # what the broker shows makes nobody come anew
            assert before, "no client was there: nothing to drop"
            _wait_dropped(pid, port, before)
    eventually("the old certificate over", lambda: datetime.now(UTC) > ends, LIFE.total_seconds())
    stream.flow(len(listeners))
    stream.wait_done()
    refused = world.made.operator.log(msg="reset", reason="NotAuthenticated")
    assert {event["name"] for event in refused} <= refusable, "used what was not good any more"


def _wait_dropped(pid: int, port: int, before: set[int]) -> None:
    """The clients that had the old one are closed, and not only when they are idle for long."""

    def dropped() -> bool:
        left = before & sockets.connections(pid, port)
        assert not left, f"{len(left)} of {len(before)} connections are left"
        return True

    eventually("clients dropped", dropped, DROPPED_WITHIN)


# -- what is mended while a reset waits

Step = Callable[[World, str], None]


@dataclass(frozen=True)
class Story:
    """What is wrong, as what a reset says; how it is mended, and how soon that is noticed."""

    wrong: Step
    reason: str
    mend: Step
    seconds: float = MENDED_WITHIN


def _by_password(world: World, name: str) -> None:
    spec = {"sasl": c.password_of(world.user, name)}
    world.connections.apply(name, world.rig.listener("sasl"), **spec)


def _wrong_password(world: World, name: str) -> None:
    world.kubectl.apply(c.secret(name, password="wrong"))
    _by_password(world, name)


def _right_password(world: World, name: str) -> None:
    world.kubectl.apply(c.secret(name, password=world.new_password()))


def _everything(world: World, name: str) -> None:
    _right_password(world, name)
    _by_password(world, name)


def _by_authority(world: World, name: str, pem: str) -> None:
    world.kubectl.apply(c.authority(name, pem))
    spec = {"tls": {"ca": in_config_map(name, "ca.crt")}}
    world.connections.apply(name, world.rig.listener("tls"), **spec)


def _strange_authority(world: World, name: str) -> None:
    _by_authority(world, name, world.rig.pem("other-ca.pem"))


def _right_authority(world: World, name: str) -> None:
    authority, show = world.new_server_certificate()
    show()
    world.kubectl.apply(c.authority(name, authority))


def _strange_certificate(world: World, name: str) -> None:
    pem, key = world.rig.pem("stranger.pem"), world.rig.pem("stranger.key")
    holder = {"ca.crt": world.rig.pem("ca.pem"), "tls.crt": pem, "tls.key": key}
    world.kubectl.apply(c.secret(name, **holder))
    tls = {"ca": in_secret(name, "ca.crt"), "clientCertificate": {"secretName": name}}
    world.connections.apply(name, world.rig.listener("mtls"), tls=tls)


def _right_certificate(world: World, name: str) -> None:
    world.kubectl.apply(c.secret(name, **world.client_certificate()))


def _nobody_there(world: World, name: str) -> None:
    _right_password(world, name)
    world.connections.apply(name, f"127.0.0.1:{free_port()}", sasl=c.password_of(world.user, name))


def _right_servers(world: World, name: str) -> None:
    world.connections.patch(name, bootstrapServers=[world.rig.listener("sasl")])


STORIES = {
    "a wrong password": Story(_wrong_password, "NotAuthenticated", _right_password),
    "a strange authority": Story(_strange_authority, "NotAuthenticated", _right_authority),
    "a strange certificate": Story(_strange_certificate, "NotAuthenticated", _right_certificate),
    "no Secret": Story(_by_password, "SecretNotFound", _right_password),
    "no connection": Story(lambda *_: None, "ConnectionNotFound", _everything, NEWS_WITHIN),
    "servers where nobody is": Story(
        _nobody_there, "KafkaUnavailable", _right_servers, NEWS_WITHIN
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_reset_that_waits_for_somebody_goes_on_when_it_is_mended(
    world: World, story: Story
) -> None:
    name = f"c-{secrets.token_hex(4)}"
    group = world.group(name)
    story.wrong(world, name)
    resets = world.resets(group)
    resets.apply(name, to=TO, **world.connections.ref(name))
    status = resets.wait_reason(name, story.reason)
    assert condition(status, "Succeeded")["status"] == "Unknown"
    assert world.kafka.committed(group, world.topic) == {0: RECORDS}
    story.mend(world, name)
    assert reason(resets.wait_closed(name, story.seconds)) == "OffsetsReset"
    assert world.kafka.committed(group, world.topic) == {0: 5}
    world.connections.wait_reason(name, "Connected", story.seconds)


def test_a_connection_that_changes_is_used_as_it_is_by_the_next_reset(world: World) -> None:
    name = f"c-{secrets.token_hex(4)}"
    _everything(world, name)
    world.connections.wait_reason(name, "Connected")
    for number, (listener, auth) in enumerate(
        [("sasl", "SCRAM-SHA-512"), ("tls", "none over TLS"), ("sasl", "SCRAM-SHA-256")]
    ):
        is_tls = listener == "tls"
        authority, show = world.new_server_certificate()
        show()
        world.kubectl.apply(c.authority(name, authority))
        sasl = c.password_of(world.user, name, auth) if not is_tls else None
        tls = {"ca": in_config_map(name, "ca.crt")} if is_tls else None
        servers = [world.rig.listener(listener)]
        world.connections.patch(name, bootstrapServers=servers, sasl=sasl, tls=tls)
        group = world.group(f"{name}-{number}")
        resets = world.resets(group)
        resets.apply(f"{name}-{number}", to=TO, **world.connections.ref(name))
        assert reason(resets.wait_closed(f"{name}-{number}")) == "OffsetsReset"
        assert sockets.connections(world.made.operator.pid, world.port(listener))
        assert world.connections.wait(name)["auth"] == auth


def test_a_connection_that_works_no_more_says_so_once_it_was_used(world: World) -> None:
    """The last one, as the broker is started again: whoever was connected has to show himself."""
    name = f"c-{secrets.token_hex(4)}"
    _everything(world, name)
    world.connections.wait_reason(name, "Connected")
    password = world.new_password()  # and the Secret has the old one
    group = world.group(name)
    world.rig.control("kafka", "stop")
    world.rig.control("kafka", "start")
    resets = world.resets(group)
    resets.apply(name, to=TO, **world.connections.ref(name))
    resets.wait_reason(name, "NotAuthenticated")
    world.connections.wait_reason(name, "NotAuthenticated")
    world.kubectl.apply(c.secret(name, password=password))
    assert reason(resets.wait_closed(name)) == "OffsetsReset"
    world.connections.wait_reason(name, "Connected")
    assert Kafka(world.rig.kafka_bootstrap).committed(group, world.topic) == {0: 5}
