"""Secrets in what an operator wrote."""

import base64
import re

from support.kubectl import Kubectl
from support.operator_process import OperatorProcess


def assert_no_secret(operator: OperatorProcess, kubectl: Kubectl, texts: list[str]) -> None:
    """In all that the operator wrote: its log, what it told the API server, and its metrics."""
    written = {
        "its log": operator.output(),
        "its metrics": "\n".join(operator.metrics()),
        "resets and connections": kubectl("get", "ofr,kconn", "-o", "json"),
        "events": kubectl("get", "events.events.k8s.io", "-o", "json"),
    }
    assert all(len(text) > 100 for text in written.values()), "nothing was written: no witness"
    assert '"level":"debug"' in re.sub(r"\s", "", written["its log"]), "no debug log: no witness"
    forms = [form for secret in texts for form in forms_of(secret)]
    found = {(place, form[:8]) for place, text in written.items() for form in forms if form in text}
    assert not found, f"secrets that begin so: {found}"


def forms_of(secret: str) -> list[str]:
    """As it is, and in base64: by itself, or somewhere in a longer text, however it is aligned."""
    forms = [secret]
    for before, spoilt in enumerate((0, 2, 3)):  # characters, by that many bytes before it
        encoded = base64.b64encode(b" " * before + secret.encode()).decode().rstrip("=")
        forms.append(encoded[spoilt:-1])  # the last one may hold bits of what follows
    return forms
