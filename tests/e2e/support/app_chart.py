"""A chart of an application, as users write it."""

from pathlib import Path

from support.helm import run
from support.rig import Rig

RELEASE = "orders"


class AppChart:
    """Installed and upgraded under one name, by one version of Helm."""

    def __init__(self, helm: str, rig: Rig, namespace: str, folder: Path) -> None:
        self._helm = helm
        self._rig = rig
        self._flags = [f"--namespace={namespace}", "--timeout=60s"]
        self._folder = folder
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text(f"{{apiVersion: v2, name: {RELEASE}, version: 1.0.0}}\n")

    def upgrade(self, templates: dict[str, str], *flags: str) -> None:
        """With these templates and no others. ToolError if Helm fails."""
        for file in (self._folder / "templates").iterdir():
            file.unlink()
        for name, text in templates.items():
            (self._folder / "templates" / name).write_text(text)
        arguments = ["upgrade", RELEASE, self._folder, "--install", *self._flags, *flags]
        run(self._helm, *arguments, rig=self._rig)

    def rollback(self) -> None:
        run(self._helm, "rollback", RELEASE, *self._flags, rig=self._rig)
