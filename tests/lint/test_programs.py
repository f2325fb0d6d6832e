"""Programs in Python find all that they import, also those that only people start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tree import TREE, tracked

# As if started, but for what they do then.
_LOAD = """
import runpy, sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
runpy.run_path(sys.argv[1], run_name="loaded")
"""
PROGRAMS = [
    file for file in tracked("scripts/*.py", "tests/soak/*.py") if "__main__" in file.read_text()
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda file: str(file.relative_to(TREE)))
def test_a_program_finds_what_it_imports(program: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _LOAD, str(program)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_there_are_such_programs() -> None:
    assert len(PROGRAMS) >= 3
