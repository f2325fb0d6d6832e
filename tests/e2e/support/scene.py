"""A reset that is on its way, and stands still at a moment, so that something can happen then."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from support.classic_member import ClassicMember
from support.kafka import Kafka
from support.operator_process import OperatorProcess
from support.resets import Resets

NAME = "replay"
RECORDS = 20
BEFORE = {0: RECORDS, 1: RECORDS}
AFTER = {0: 5, 1: 5}
TO = {"offset": 5}
WAIT = "Wait"
# In order of time. "Wait": it waits for a consumer.
MOMENTS = [
    WAIT,
    "before ReadKafka",
    "before SavePlan",
    "before CommitRequest",
    "before Verify",
    "before Finish",
]


def is_planned(moment: str) -> bool:
    """Whether its plan is saved by then: it is past the point where it could be cancelled."""
    return MOMENTS.index(moment) > MOMENTS.index("before SavePlan")


@dataclass(frozen=True)
class Scene:
    operator: OperatorProcess
    member: ClassicMember | None

    def go_on(self) -> None:
        """The moment is over; when the operator comes to another one like it, it goes on too."""
        if self.member is not None:
            self.member.leave()
        else:
            keep_going(self.operator)


@dataclass(frozen=True)
class Stage:
    """Sets scenes up: Stage(...).set("before SavePlan")."""

    kafka: Kafka
    resets: Resets
    make_operator: Callable[..., OperatorProcess]
    group: str
    topic: str

    def set(
        self,
        moment: str,
        environment: dict[str, str] | None = None,
        flags: Sequence[str] = (),
        **spec: object,
    ) -> Scene:
        """The group's reset has come to that moment."""
        self.make_group()
        waits = moment == WAIT
        member = ClassicMember(self.kafka.bootstrap, self.group, "consumer") if waits else None
        operator = self.hold("" if waits else moment, environment, flags)
        self.resets.apply(NAME, **({"to": TO} | spec))
        if waits:
            self.resets.wait_reason(NAME, "GroupActive")
        else:
            operator.wait_held()
        return Scene(operator, member)

    def make_group(self) -> None:
        """It has read everything."""
        self.kafka.create_topic(self.topic, len(BEFORE))
        for partition in BEFORE:
            self.kafka.produce(self.topic, RECORDS, partition)
        self.kafka.commit(self.group, self.topic, BEFORE)

    def hold(
        self,
        moment: str,
        environment: dict[str, str] | None = None,
        flags: Sequence[str] = (),
    ) -> OperatorProcess:
        """An operator that is stopped as a whole at that moment of each pass."""
        held = {"OFFSET_RESET_HOLD": moment} | (environment or {})
        operator = self.make_operator("--log-level=debug", *flags, environment=held)
        operator.start(wait_ready=False)  # it may be stopped before it could tell that it is
        return operator


def keep_going(operator: OperatorProcess) -> None:
    """Lets it go on wherever it is held, from now on."""

    def send() -> None:
        while operator.returncode is None:
            operator.go_on()
            time.sleep(0.1)

    threading.Thread(target=send, daemon=True).start()
