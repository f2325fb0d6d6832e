"""Kafka's users and what they may do, set by one who may do everything."""

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from support.eventually import eventually

_SECONDS = 20
_ITERATIONS = 4096  # Kafka's least
_ANY = AclOperation.ANY, AclPermissionType.ANY


class Users:
    def __init__(self, bootstrap: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap, "reconnect.backoff.ms": 10})

    def set_password(self, user: str, password: str) -> None:
        """Of both kinds of SCRAM; makes the user if need be."""
        for kind in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            credential = ScramCredentialInfo(kind, _ITERATIONS)
            wanted = UserScramCredentialUpsertion(user, credential, password.encode())
            # One by one: Kafka takes both in one request for one that is altered twice.
            self._admin.alter_user_scram_credentials([wanted])[user].result(_SECONDS)

    def allow(self, user: str, operation: str, **resource: str) -> None:
        """allow("mia", "Read", group="orders", topic="order*"): by name, or by prefix.

        Returns when the broker goes by it.
        """
        rights = [_right(user, operation, kind, pattern) for kind, pattern in resource.items()]
        for future in self._admin.create_acls(rights).values():
            future.result(_SECONDS)
        eventually(f"{operation} for {user}", lambda: set(rights) <= set(self._rights_of(user)))

    def allow_resets(self, user: str, group: str, topic: str) -> None:
        """Whatever a reset of that group and topic needs."""
        self.allow(user, "Read", group=group, topic=topic)
        self.allow(user, "Delete", group=group)

    def _rights_of(self, user: str) -> list[AclBinding]:
        wanted = AclBindingFilter(
            ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{user}", None, *_ANY
        )
        return self._admin.describe_acls(wanted).result(_SECONDS)


def _right(user: str, operation: str, kind: str, pattern: str) -> AclBinding:
    is_prefix = pattern.endswith("*")
    return AclBinding(
        ResourceType[kind.upper()],
        pattern.removesuffix("*"),
        ResourcePatternType.PREFIXED if is_prefix else ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        AclOperation[operation.upper()],
        AclPermissionType.ALLOW,
    )
