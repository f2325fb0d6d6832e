"""Thousands of closed resets in a second: written to where the API server keeps them.

Its clients would need two requests for each, and minutes.
"""

import base64
import json
import uuid

import requests
from kubernetes import client

from support.eventually import eventually
from support.rig import Rig

_KEYS = "/registry/offsetreset.io/offsetresets"
_COPIES_A_TRANSACTION = 100  # etcd takes 128 operations


def multiply(rig: Rig, api: client.ApiClient, namespace: str, name: str, count: int) -> None:
    """Makes `count` copies of a closed reset, each of a group of its own: NAME-0, GROUP-0, ..."""
    original = _read(rig, f"{_KEYS}/{namespace}/{name}")
    assert original["status"]["closed"], original
    before = _count(api, namespace)
    for first in range(0, count, _COPIES_A_TRANSACTION):
        numbers = range(first, min(first + _COPIES_A_TRANSACTION, count))
        puts = [_put(namespace, _copy(original, number)) for number in numbers]
        answer = _ask(rig, "txn", {"success": [{"requestPut": put} for put in puts]})
        assert answer.get("succeeded"), answer
    wanted = before + count
    eventually(f"{wanted} resets", lambda: _count(api, namespace) == wanted)


def _copy(original: dict, number: int) -> dict:
    metadata, spec = original["metadata"], original["spec"]
    own = {"name": f"{metadata['name']}-{number}", "uid": str(uuid.uuid4())}
    group = {"groupId": f"{spec['groupId']}-{number}"}
    return original | {"metadata": metadata | own, "spec": spec | group}


def _put(namespace: str, reset: dict) -> dict[str, str]:
    key = f"{_KEYS}/{namespace}/{reset['metadata']['name']}"
    return {"key": _encoded(key), "value": _encoded(json.dumps(reset))}


def _read(rig: Rig, key: str) -> dict:
    (found,) = _ask(rig, "range", {"key": _encoded(key)})["kvs"]
    return json.loads(base64.b64decode(found["value"]))


def _ask(rig: Rig, call: str, body: dict) -> dict:
    answer = requests.post(f"{rig.etcd}/v3/kv/{call}", json=body, timeout=20)
    answer.raise_for_status()
    return answer.json()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _count(api: client.ApiClient, namespace: str) -> int:
    found = client.CustomObjectsApi(api).list_namespaced_custom_object(
        "offsetreset.io", "v1alpha1", namespace, "offsetresets", limit=1
    )
    return len(found["items"]) + found["metadata"].get("remainingItemCount", 0)
