"""The Kubernetes events that tell of an object, by another client than the operator's."""

from dataclasses import dataclass

from support.eventually import eventually
from support.kubectl import Kubectl


@dataclass(frozen=True)
class Event:
    type: str
    reason: str
    note: str
    count: int
    reporter: str


class Events:
    def __init__(self, kubectl: Kubectl) -> None:
        self._kubectl = kubectl

    def of(self, kind: str, name: str) -> list[Event]:
        """By the time at which each was told first."""
        items = self._kubectl.json("get", "events.events.k8s.io")["items"]
        about = [
            item
            for item in items
            if (item["regarding"]["kind"], item["regarding"]["name"]) == (kind, name)
        ]
        return [_event(item) for item in sorted(about, key=lambda item: item["eventTime"])]

    def wait(self, kind: str, name: str, *reasons: str) -> list[Event]:
        """The object's events, once these and no others are told of it."""

        def told() -> list[Event]:
            events = self.of(kind, name)
            assert [event.reason for event in events] == list(reasons), events
            return events

        return eventually(f"{reasons} told of {name}", told)


def _event(item: dict) -> Event:
    return Event(
        type=item["type"],
        reason=item["reason"],
        note=item["note"],
        count=item.get("series", {}).get("count", 1),
        reporter=item["reportingController"],
    )
