"""What only a control plane of their own allows to go wrong at each moment of a reset."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import definition
from support.eventually import eventually
from support.forwarder import Forwarder
from support.kafka import Kafka
from support.kubeconfig import server_of, write_through
from support.kubectl import Kubectl, KubectlError
from support.operator_process import OperatorProcess
from support.oracles import Oracles, Outcome
from support.resets import Resets, reason
from support.rig import Rig
from support.scene import AFTER, BEFORE, MOMENTS, NAME, TO, WAIT, Stage, is_planned, keep_going

at_each_moment = pytest.mark.parametrize("moment", MOMENTS)
CRD = "offsetresets.offsetreset.io"
FINALIZER = json.dumps({"metadata": {"finalizers": ["example.com/test"]}})
NO_FINALIZER = json.dumps({"metadata": {"finalizers": []}})
# Where the first operator dies, and where the second one, which sees an older state, stands still.
DEATHS = [
    ("after SavePlan", "before SavePlan"),
    ("after CommitRequest", "before Finish"),
    ("before Finish", "before Finish"),
    ("after Finish", "before Finish"),
]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig.own(tmp_path_factory.mktemp("rig"), "--controllers") as own:
        yield own


@pytest.fixture
def stage(
    kafka: Kafka,
    resets: Resets,
    make_operator: Callable[..., OperatorProcess],
    group: str,
    topic: str,
) -> Stage:
    return Stage(kafka, resets, make_operator, group, topic)


@pytest.fixture(scope="module")
def link(rig: Rig) -> Iterator[Forwarder]:
    """Between etcd and a second API server, which is behind while this is frozen."""
    forwarder = Forwarder(rig.etcd.removeprefix("http://"))
    forwarder.open()
    rig.control("apiserver", "start", "--second", f"--etcd=http://{forwarder.address}")
    yield forwarder
    forwarder.thaw()
    rig.control("apiserver", "stop", "--second")
    forwarder.close()


@pytest.fixture
def behind(rig: Rig, link: Forwarder) -> Iterator[Path]:
    """The kubeconfig of the second API server."""
    yield rig.folder / "kube" / "second-kubeconfig"
    link.thaw()


def _has_caught_up(behind: Path, reset: dict) -> bool:
    """Whether that server's cache has the reset."""
    metadata = reset["metadata"]
    path = f"/apis/offsetreset.io/v1alpha1/namespaces/{metadata['namespace']}/offsetresets"
    version = f"resourceVersion={metadata['resourceVersion']}&resourceVersionMatch=NotOlderThan"
    try:
        Kubectl(behind)("get", "--raw", f"{path}?{version}")
    except KubectlError as error:
        raise AssertionError(str(error)) from error
    return True


@pytest.mark.parametrize("death, moment", DEATHS, ids=[death for death, _ in DEATHS])
def test_an_api_server_that_is_behind_after_a_restart_makes_nothing_happen_twice(
    behind: Path,
    link: Forwarder,
    rig: Rig,
    stage: Stage,
    resets: Resets,
    make_operator: Callable[..., OperatorProcess],
    oracles: Oracles,
    outcome: Outcome,
    tmp_path: Path,
    death: str,
    moment: str,
) -> None:
    stage.make_group()
    resets.apply(NAME, to=TO)
    eventually("caught up", lambda: _has_caught_up(behind, resets.get(NAME)))
    link.freeze()
    first = stage.hold(death)
    first.wait_held()
    first.kill()
    way = Forwarder(server_of(behind))
    way.open()
    second = stage.hold(moment, write_through(way.address, behind, tmp_path / "way"))
    second.wait_held()
    way.lead_to(server_of(rig.kubeconfig))
    keep_going(second)
    second.wait_log(msg="reset", reason="Conflict")
    came_of_it = oracles.assert_reset_once(NAME, BEFORE, AFTER)
    outcome("F7", "started again on an API server that is behind", death, came_of_it)
    assert second.stop() == 0
    way.close()


@at_each_moment
def test_a_reset_in_a_namespace_that_ends_is_not_begun_and_what_is_begun_is_finished(
    rig: Rig,
    stage: Stage,
    resets: Resets,
    kubectl: Kubectl,
    oracles: Oracles,
    outcome: Outcome,
    namespace: str,
    moment: str,
) -> None:
    # The operator's own account would go with the namespace.
    scene = stage.set(moment, {"KUBECONFIG": str(rig.kubeconfig)})
    kubectl("patch", "ofr", NAME, "--type=merge", "--patch", FINALIZER)
    kubectl("delete", "namespace", namespace, "--wait=false")
    eventually("terminating", lambda: "deletionTimestamp" in resets.get(NAME)["metadata"])
    scene.go_on()
    if is_planned(moment):
        assert reason(resets.wait_closed(NAME)) == "OffsetsReset"
        came_of_it = f"OffsetsReset, {oracles.assert_committed(BEFORE, AFTER)}"
    else:
        scene.operator.wait_log(msg="reset", message="the resource is being deleted")
        came_of_it = oracles.assert_committed(BEFORE, BEFORE)
    kubectl("patch", "ofr", NAME, "--type=merge", "--patch", NO_FINALIZER)
    kubectl("wait", "--for=delete", "--timeout=30s", f"namespace/{namespace}")
    outcome("F11", "its namespace is terminating", moment, came_of_it)


@at_each_moment
def test_a_definition_that_goes_and_comes_back_loses_no_reset_that_comes_then(
    stage: Stage,
    resets: Resets,
    kubectl: Kubectl,
    oracles: Oracles,
    outcome: Outcome,
    moment: str,
) -> None:
    scene = stage.set(moment)
    kubectl("delete", "crd", CRD)
    scene.go_on()
    scene.operator.wait_log(msg="waiting for the resource's definition")
    if moment != WAIT:
        scene.operator.wait_log(msg="reset", reason="Conflict")
    oracles.assert_committed(BEFORE, AFTER if is_planned(moment) else BEFORE)
    definition.install(kubectl)
    eventually("applied again", lambda: resets.try_apply(NAME, to=TO))
    status = resets.wait_closed(NAME, seconds=60)
    assert reason(status) == ("NothingToReset" if is_planned(moment) else "OffsetsReset")
    came_of_it = f"{reason(status)}, {oracles.assert_committed(BEFORE, AFTER)}"
    outcome("F12", "the definition goes and comes back, with the reset", moment, came_of_it)


@at_each_moment
def test_a_definition_that_drops_the_plan_stops_a_reset_before_the_commit(
    stage: Stage,
    resets: Resets,
    kubectl: Kubectl,
    oracles: Oracles,
    outcome: Outcome,
    moment: str,
) -> None:
    scene = stage.set(moment)
    with definition.without_plans(kubectl, NAME):
        scene.go_on()
        status = resets.wait_closed(NAME)
    wanted = "OffsetsReset" if is_planned(moment) else "InternalError"
    assert reason(status) == wanted, status
    came_of_it = oracles.assert_committed(BEFORE, AFTER if is_planned(moment) else BEFORE)
    outcome("F12", "the definition drops status.partitions", moment, f"{wanted}, {came_of_it}")
