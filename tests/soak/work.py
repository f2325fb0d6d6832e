"""Resets of one operator: made without end, followed, and judged when they are over."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass

import urllib3
from confluent_kafka import KafkaException
from kinds import CONFIG_MAP, CONFIG_MAP_OFFSETS, Kind, draw
from kubernetes import client, config

from support.consumer import Consumer
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl, KubectlError, config_map
from support.offsets_log import OffsetsLog, effective
from support.resets import Resets, reason
from support.rig import Rig
from support.timed_topic import BEFORE

_AT_ONCE = 20
_A_ROUND = 2
_ROUND_SECONDS = 0.4
_REQUEST_SECONDS = 10
CONCLUDED_WITHIN = 240
_RESOURCE = {"group": "offsetreset.io", "version": "v1alpha1", "plural": "offsetresets"}
# How clients fail while the other side is away; all of it is tried again.
_KAFKA_AWAY = (KafkaException, TimeoutError, AssertionError)
_API_SERVER_AWAY = (KubectlError, client.ApiException, urllib3.exceptions.HTTPError)


@dataclass
class Job:
    """A reset, and the consumer that its group may have."""

    name: str
    group: str
    kind: Kind
    is_arranged: bool = False
    is_created: bool = False
    has_gone_on: bool = False  # what is done on the way to its end is done
    member: Consumer | None = None


class Work:
    """On a thread of its own between start() and finish()."""

    def __init__(self, rig: Rig, namespace: str, topic: str, chance: random.Random) -> None:
        self.done: list[Job] = []
        self.error: BaseException | None = None
        self._rig = rig
        self._namespace = namespace
        self._topic = topic
        self._chance = chance
        self._kafka = Kafka(rig.kafka_bootstrap)
        self._kubectl = Kubectl(rig.kubeconfig, namespace)
        self._connection = config.new_client_from_config(str(rig.kubeconfig))
        self._api = client.CustomObjectsApi(self._connection)
        self._resets = Resets(rig, self._connection, self._kubectl, namespace, "", topic)
        self._open: list[Job] = []
        self._count = 0
        self._is_ending = threading.Event()
        self._thread = threading.Thread()
        client.CoreV1Api(self._connection).create_namespace({"metadata": {"name": namespace}})
        rows = "".join(f"{topic},{p},{offset}\n" for p, offset in CONFIG_MAP_OFFSETS.items())
        self._kubectl.apply(config_map(CONFIG_MAP, csv=rows))

    def start(self) -> None:
        self._is_ending.clear()
        self._thread = threading.Thread(target=self._run, name=self._namespace, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Makes no more, and returns when all that were made are over."""
        self._is_ending.set()
        self._thread.join()
        if self.error:
            raise self.error

    def judge(self) -> Counter[str]:
        """How many of each kind; an AssertionError names those of which something else came."""
        found = self._api.list_namespaced_custom_object(namespace=self._namespace, **_RESOURCE)
        reasons = {r["metadata"]["name"]: reason(r["status"]) for r in found["items"]}
        log = OffsetsLog(self._rig.kafka_bootstrap).commits_of_groups(f"{self._namespace}-")
        kafka = Kafka(self._rig.kafka_bootstrap)
        faults = []
        for job in self.done:
            expected = job.kind.expected
            wanted = {(self._topic, p): _history(p, expected.after) for p in BEFORE}
            seen = {at: effective(commits) for at, commits in log[job.group].items()}
            now = kafka.all_committed(job.group)
            last = {at: offsets[-1] for at, offsets in wanted.items() if offsets[-1] is not None}
            told = reasons.get(job.name, "gone")
            if (told, seen, now) != (expected.reason, wanted, last):
                faults.append(f"{job.name}, {job.kind.name}: {told}; {now}; commits {seen}")
        assert not faults, "\n".join(faults)
        return Counter(job.kind.name for job in self.done)

    def _run(self) -> None:
        try:
            deadline = None
            while self._open or not self._is_ending.is_set():
                if self._is_ending.is_set():
                    deadline = deadline or time.monotonic() + CONCLUDED_WITHIN
                    assert time.monotonic() < deadline, f"not over: {self._open}"
                else:
                    self._draw()
                self._round()
                time.sleep(_ROUND_SECONDS)
        except BaseException as error:  # of the run, not of this thread alone
            self.error = error

    def _draw(self) -> None:
        for _ in range(min(_A_ROUND, _AT_ONCE - len(self._open))):
            kind = draw(self._chance)
            name = f"reset-{self._count:05}"
            self._open.append(Job(name, f"{self._namespace}-{self._count:05}", kind))
            self._count += 1

    def _round(self) -> None:
        """A step for each; what is away is asked again in the next round."""
        try:
            for job in self._open:
                self._create(job)
            self._follow()
        except _KAFKA_AWAY:
            self._kafka = Kafka(self._rig.kafka_bootstrap)  # the old one may wait for long
        except _API_SERVER_AWAY:
            pass

    def _create(self, job: Job) -> None:
        if job.is_created:
            return
        if not job.is_arranged:
            self._kafka.commit(job.group, self._topic, BEFORE)
            job.is_arranged = True
        if job.kind.has_member and job.member is None:
            job.member = Consumer(self._rig.kafka_bootstrap, job.group, self._topic)
            eventually("member", lambda: self._kafka.members(job.group), _REQUEST_SECONDS)
        manifest = self._resets.manifest(job.name, groupId=job.group, **job.kind.fields)
        try:
            self._api.create_namespaced_custom_object(
                namespace=self._namespace,
                body=manifest,
                _request_timeout=_REQUEST_SECONDS,
                **_RESOURCE,
            )
        except client.ApiException as error:
            if error.status != 409:  # it was created, and the answer was lost
                raise
        job.is_created = True

    def _follow(self) -> None:
        found = self._api.list_namespaced_custom_object(
            namespace=self._namespace,
            field_selector="status.closed!=true",
            _request_timeout=_REQUEST_SECONDS,
            **_RESOURCE,
        )
        reasons = {r["metadata"]["name"]: reason(r["status"]) for r in found["items"]}
        for job in [job for job in self._open if job.is_created]:
            if job.name not in reasons:
                self._end(job)
            elif reasons[job.name] == job.kind.on_reason and not job.has_gone_on:
                self._go_on(job)

    def _go_on(self, job: Job) -> None:
        if job.kind.patch:
            self._resets.patch(job.name, **job.kind.patch)
        if job.member:
            job.member.stop()
        job.has_gone_on = True

    def _end(self, job: Job) -> None:
        if job.member:
            job.member.kill()
        self._open.remove(job)
        self.done.append(job)


def _history(partition: int, after: dict[int, int | None]) -> list[int | None]:
    """What is committed for the partition, one after the other."""
    moved = [after[partition]] if partition in after else []
    return effective([BEFORE[partition], *moved])
