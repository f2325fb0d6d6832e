"""What a page of the documentation shows."""

import re
from pathlib import Path


class Page:
    def __init__(self, file: Path) -> None:
        self.text = file.read_text()

    def blocks(self, language: str = "yaml") -> list[str]:
        """The code blocks of that language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)

    def file(self, name: str) -> str:
        """The block that begins with a comment which is the file's name."""
        (found,) = [block for block in self.blocks() if block.startswith(f"# {name}\n")]
        return found
