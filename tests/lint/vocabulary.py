"""The names that the code, the definition and the documentation share."""

import re

from tree import TREE

CORE = TREE / "operator" / "core"


def reasons() -> list[str]:
    """The enumerators of Reason, in order."""
    body = re.search(r"enum class Reason[^{]*\{(.*?)\};", (CORE / "reason.h").read_text(), re.S)[1]
    names = re.findall(r"^\s*(\w+),", body, re.MULTILINE)
    assert len(names) > 10
    return names
