"""Many connections: what the operator keeps of them is bounded, and is gone when they rest."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from kubernetes import client

from support import connections as c
from support import sockets
from support.connections import API, Connections
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, reason
from support.rig import Rig
from support.users import Users

CONNECTIONS = 50
RESETS = 20  # of each
RECORDS = 20
WRITERS = 4
# With a client that is kept for each connection there would be three times as many.
MOST_THREADS = 150
MOST_SOCKETS = 45
IDLE_SECONDS = 30  # for which a client is kept
SAMPLE_SECONDS = 0.2


class Sampler:
    """The most threads, and connections to that port, that a process had at a time."""

    def __init__(self, pid: int, port: int) -> None:
        self._pid = pid
        self._port = port
        self.threads = 0
        self.sockets = 0
        self._over = threading.Event()

    @contextmanager
    def sampling(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _run(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.threads = max(self.threads, sockets.threads(self._pid))
            now = len(sockets.connections(self._pid, self._port))
            self.sockets = max(self.sockets, now)


@pytest.fixture
def port(rig: Rig) -> int:
    return int(rig.listener("sasl").rsplit(":", 1)[1])


@pytest.fixture
def names(
    rig: Rig, api: client.ApiClient, kubectl: Kubectl, kafka: Kafka, group: str, topic: str
) -> list[str]:
    """Of connections, each with a Secret of its own."""
    user = f"user-{group}"
    users = Users(rig.kafka_bootstrap)
    users.set_password(user, "scale-secret")
    users.allow_resets(user, f"{group}*", topic)
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    names = [f"c-{number:02}" for number in range(CONNECTIONS)]
    bootstrap = rig.listener("sasl")
    sasl = {name: c.password_of(user, name) for name in names}
    kubectl.apply(*[c.secret(name, password="scale-secret") for name in names])
    kubectl.apply(*[c.manifest(c.NAMESPACED, n, bootstrap, sasl=sasl[n]) for n in names])
    return names


@pytest.mark.timeout(420)  # on a machine that does other things, too
def test_a_thousand_resets_by_fifty_connections_take_few_threads_and_sockets_and_leave_none(
    names: list[str],
    port: int,
    api: client.ApiClient,
    kubectl: Kubectl,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    connections = Connections(api, kubectl)
    at_rest = sockets.threads(operator.pid)
    manifests = [
        resets.manifest(
            f"{name}-{number}",
            groupId=f"{group}-{name}-{number}",
            to={"offset": 5},
            **connections.ref(name),
        )
        for name in names
        for number in range(RESETS)
    ]
    sampler = Sampler(operator.pid, port)
    with sampler.sampling():
        _create(api, kubectl.namespace, manifests)
        eventually("all closed", lambda: not _has_open(api, kubectl.namespace), 300, every=0.5)
    assert {reason(reset["status"]) for reset in resets.all()} == {"OffsetsReset"}
    for name in names:
        ready = condition(connections.get(name)["status"], "Ready")
        assert ready["reason"] == "Connected", ready
        assert kafka.committed(f"{group}-{name}-0", topic) == {0: 5}
    print(f"at most {sampler.threads} threads ({at_rest} at rest), {sampler.sockets} sockets")
    assert sampler.sockets > 0, "no witness of connections"
    assert sampler.threads <= MOST_THREADS
    assert sampler.sockets <= MOST_SOCKETS

    def dropped() -> bool:
        left = len(sockets.connections(operator.pid, port))
        assert not left, f"{left} connections"
        assert (now := sockets.threads(operator.pid)) <= at_rest, f"{now} threads"
        return True

    eventually("all clients dropped", dropped, IDLE_SECONDS + 15, every=1)


def _create(api: client.ApiClient, namespace: str, manifests: list[dict]) -> None:
    custom = client.CustomObjectsApi(api)

    def create(manifest: dict) -> None:
        custom.create_namespaced_custom_object(
            namespace=namespace, plural="offsetresets", body=manifest, **API
        )

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(create, manifests))


def _has_open(api: client.ApiClient, namespace: str) -> bool:
    found = client.CustomObjectsApi(api).list_namespaced_custom_object(
        namespace=namespace,
        plural="offsetresets",
        field_selector="status.closed!=true",
        limit=1,
        **API,
    )
    return bool(found["items"])
