"""What the chart allows the operator; test_install holds the two against each other."""

_RESETS = "offsetreset.io"
_EVENTS = "events.k8s.io"
_LEASES = "coordination.k8s.io"

# In each namespace that it watches.
RULES = [
    {
        "apiGroups": [_RESETS],
        "resources": ["offsetresets"],
        "verbs": ["get", "list", "watch", "delete"],
    },
    {"apiGroups": [_RESETS], "resources": ["offsetresets/status"], "verbs": ["update"]},
    {
        "apiGroups": [_RESETS],
        "resources": ["kafkaconnections"],
        "verbs": ["get", "list", "watch"],
    },
    {"apiGroups": [_RESETS], "resources": ["kafkaconnections/status"], "verbs": ["update"]},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
    {"apiGroups": [_EVENTS], "resources": ["events"], "verbs": ["create", "patch"]},
]
# In the whole cluster, where cluster connections are used.
CLUSTER_CONNECTION_RULES = [
    {
        "apiGroups": [_RESETS],
        "resources": ["clusterkafkaconnections"],
        "verbs": ["get", "list", "watch"],
    },
    {"apiGroups": [_RESETS], "resources": ["clusterkafkaconnections/status"], "verbs": ["update"]},
    {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
]
# And in its own namespace, where it does not watch all of them.
CLUSTER_CREDENTIAL_RULES = [
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
]
# In its own namespace, where a leader is elected.
ELECTION_RULES = [
    {"apiGroups": [_LEASES], "resources": ["leases"], "verbs": ["create"]},
    {
        "apiGroups": [_LEASES],
        "resources": ["leases"],
        "resourceNames": ["offset-reset-operator"],
        "verbs": ["get", "update"],
    },
    {"apiGroups": [_EVENTS], "resources": ["events"], "verbs": ["create"]},
]


def rights(rules: list[dict]) -> list[tuple[str, str]]:
    """Resource and verb of each right that these rules give."""
    return [(r, verb) for rule in rules for r in rule["resources"] for verb in rule["verbs"]]
