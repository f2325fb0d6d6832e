"""What must not be in the tree."""

import re
from pathlib import Path

from tree import TREE, tracked


def texts():
    for path in tracked("*"):
        try:
            yield path.relative_to(TREE), path.read_text()
        except UnicodeDecodeError:
            continue


def test_no_notes_to_oneself_are_left():
    note = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    assert not [str(name) for name, text in texts() if note.search(text)]


def test_no_path_of_one_machine_is_in_the_tree():
    homes = [f"{Path.home()}/", f"{TREE}/"]
    assert not [str(name) for name, text in texts() if any(home in text for home in homes)]


def test_every_link_to_a_file_in_the_docs_leads_somewhere():
    broken = []
    for page in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(TREE)}: {target}")
    assert not broken, "\n".join(broken)
