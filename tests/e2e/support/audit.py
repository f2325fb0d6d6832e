"""The API server's audit log: who did what, in the server's own words."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client

from support.eventually import eventually

_OPERATOR = "offset-reset-operator/"
_WRITES = ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True)
class Request:
    verb: str
    uri: str
    resource: str  # as offsetresets/status
    namespace: str
    name: str
    code: int
    user: str
    credential: str  # its id, as JTI=... of a token
    user_agent: str

    @property
    def is_write(self) -> bool:
        return self.verb in _WRITES


class Audit:
    """The requests since this was made."""

    def __init__(self, log: Path, api: client.ApiClient) -> None:
        self._log = log
        self._api = api
        self.forget()

    def forget(self) -> None:
        """Only what comes from now on counts."""
        self._start = self._log.stat().st_size

    def of_operator(self, namespace: str, resource: str | None = None) -> list[Request]:
        """The operators' requests in a namespace that were answered by now."""
        self._catch_up()
        return [
            r
            for r in self._requests()
            if r.user_agent.startswith(_OPERATOR)
            and r.namespace == namespace
            and resource in (None, r.resource)
        ]

    def status_writes(self, namespace: str) -> list[Request]:
        """Those of an operator; it tells events besides."""
        requests = self.of_operator(namespace, "offsetresets/status")
        return [r for r in requests if r.is_write]

    def of_user(self, user: str) -> list[Request]:
        """That user's requests, in all namespaces and outside of them."""
        self._catch_up()
        return [r for r in self._requests(user) if r.user == user]

    def refused(self) -> list[Request]:
        """The operators' requests, in all namespaces, for which they had no right."""
        self._catch_up()
        return [r for r in self._requests() if r.user_agent.startswith(_OPERATOR) and r.code == 403]

    def never_allowed(self, user: str) -> list[Request]:
        """This user's requests for which there was no right, and never was.

        An API server that has just started refuses everybody for a moment, until it has read who
        may do what.
        """
        requests = self.of_user(user)
        allowed = {_right(r) for r in requests if r.code != 403}
        return [r for r in requests if r.code == 403 and _right(r) not in allowed]

    def _catch_up(self) -> None:
        """Returns when a request of now is in the log: an empty log must not pass for silence."""
        mark = f"mark={secrets.token_hex(8)}"
        self._api.call_api("GET", f"{self._api.configuration.host}/version?{mark}")
        eventually("audit log up to date", lambda: mark in self._text(), seconds=10)

    def _text(self) -> str:
        """From the first whole line on: one may have been half written when they began to count."""
        with self._log.open("rb") as log:
            log.seek(max(self._start - 1, 0))
            text = log.read()
        return (text.partition(b"\n")[2] if self._start else text).decode()

    def _requests(self, words: str = "") -> list[Request]:
        """Those in whose lines these words are."""
        lines = self._text().split("\n")[:-1]  # the last one may not be complete
        events = [json.loads(line) for line in lines if words in line]
        # A watch tells that it has started, and only much later that it is complete.
        latest = {event["auditID"]: event for event in events}
        return [_request(event) for event in latest.values()]


def _right(request: Request) -> tuple[str, str, str]:
    return request.verb, request.resource, request.namespace


def _request(event: dict) -> Request:
    target = event.get("objectRef", {})
    extra = event["user"].get("extra", {})
    parts = [target.get("resource", ""), target.get("subresource", "")]
    return Request(
        verb=event["verb"],
        uri=event["requestURI"],
        resource="/".join(part for part in parts if part),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        code=event.get("responseStatus", {}).get("code", 0),
        user=event["user"].get("username", ""),
        credential=extra.get("authentication.kubernetes.io/credential-id", [""])[0],
        user_agent=event.get("userAgent", ""),
    )
