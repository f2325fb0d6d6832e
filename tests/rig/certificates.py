"""Certificates as PEM files, made with openssl: P-256 keys, good for 10 years."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rig.errors import RigError

_DAYS = "3650"
_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


@dataclass(frozen=True)
class Authority:
    """A certificate authority: NAME.pem and NAME.key in a folder."""

    certificate: Path
    key: Path

    @classmethod
    def create(cls, folder: Path, name: str) -> "Authority":
        authority = cls(folder / f"{name}.pem", folder / f"{name}.key")
        _openssl(
            "req", "-x509", *_NEW_KEY, "-days", _DAYS, "-subj", f"/CN={name}",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout", str(authority.key), "-out", str(authority.certificate),
        )  # fmt: skip
        return authority

    def issue(self, file: str, subject: str, names: str, usage: str) -> None:
        """Writes FILE.pem and FILE.key beside the authority.

        names is a subjectAltName (DNS:a,IP:b), usage an extendedKeyUsage (serverAuth,clientAuth).
        """
        folder = self.certificate.parent
        with tempfile.TemporaryDirectory() as draft:
            request, extensions = Path(draft, "request"), Path(draft, "extensions")
            extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\n")
            _openssl(
                "req", *_NEW_KEY, "-subj", subject,
                "-keyout", str(folder / f"{file}.key"), "-out", str(request),
            )  # fmt: skip
            _openssl(
                "x509", "-req", "-in", str(request), "-extfile", str(extensions), "-days", _DAYS,
                "-CA", str(self.certificate), "-CAkey", str(self.key), "-CAcreateserial",
                "-CAserial", str(Path(draft, "serial")), "-out", str(folder / f"{file}.pem"),
            )  # fmt: skip


def key_pair(private: Path, public: Path) -> None:
    """A key pair without a certificate."""
    _openssl(
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(private)
    )
    _openssl("pkey", "-in", str(private), "-pubout", "-out", str(public))


def _openssl(*arguments: str) -> None:
    try:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise RigError("openssl is needed to make certificates; run scripts/setup") from error
    if done.returncode != 0:
        raise RigError(f"openssl {arguments[0]} failed:\n{done.stderr}")
