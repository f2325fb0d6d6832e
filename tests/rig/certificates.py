"""Certificates as PEM files, made with openssl: P-256 keys, good for 10 years by default."""

import base64
import json
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rig.errors import RigError

_DAYS = "3650"
_TIME = "%Y%m%d%H%M%SZ"
# What "openssl ca" can't be told by options.
_SETTINGS = """
[ca]
default_ca = draft
[draft]
database = {folder}/database
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
[any]
commonName = supplied
"""
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

    def issue(
        self,
        file: str,
        subject: str,
        names: str,
        usage: str,
        folder: Path | None = None,
        end: datetime | None = None,
    ) -> None:
        """Writes FILE.pem and FILE.key, beside the authority unless there is another folder.

        names is a subjectAltName (DNS:a,IP:b), usage an extendedKeyUsage (serverAuth,clientAuth),
        end is in UTC; in the past, the certificate has expired since.
        """
        folder = folder or self.certificate.parent
        with tempfile.TemporaryDirectory() as draft:
            request, extensions = Path(draft, "request"), Path(draft, "extensions")
            extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\n")
            settings = Path(draft, "settings")
            settings.write_text(_SETTINGS.format(folder=draft))
            Path(draft, "database").touch()
            _openssl(
                "req", *_NEW_KEY, "-subj", subject,
                "-keyout", str(folder / f"{file}.key"), "-out", str(request),
            )  # fmt: skip
            # Not x509 -req: before OpenSSL 3.4 its certificates are good for whole days.
            _openssl(
                "ca", "-batch", "-notext", "-preserveDN", "-create_serial",
                "-config", str(settings),
                *_period(end),
                "-in", str(request), "-extfile", str(extensions),
                "-cert", str(self.certificate), "-keyfile", str(self.key),
                "-out", str(folder / f"{file}.pem"),
            )  # fmt: skip


def key_pair(private: Path, public: Path) -> None:
    """A key pair without a certificate."""
    _openssl(
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(private)
    )
    _openssl("pkey", "-in", str(private), "-pubout", "-out", str(public))


def encrypt(key: Path, encrypted: Path, password: str) -> None:
    """The same private key, to be had with the password only."""
    _openssl(
        "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", f"pass:{password}",
        "-in", str(key), "-out", str(encrypted),
    )  # fmt: skip


def token_keys(private: Path, keys: Path) -> None:
    """An RSA key that signs tokens, and the set of keys (RFC 7517) by which they are verified."""
    _openssl("genrsa", "-out", str(private), "2048")
    modulus = _openssl("rsa", "-in", str(private), "-noout", "-modulus").partition("=")[2]
    encoded = base64.urlsafe_b64encode(bytes.fromhex(modulus)).decode().rstrip("=")
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rig", "e": "AQAB", "n": encoded}
    keys.write_text(json.dumps({"keys": [key]}) + "\n")


def _period(end: datetime | None) -> list[str]:
    """Ten years, or until then: from now on, or from a year before an end that has passed."""
    if end is None:
        return ["-days", _DAYS]
    period = ["-enddate", end.strftime(_TIME)]
    if end.replace(tzinfo=UTC) < datetime.now(UTC):
        period += ["-startdate", (end - timedelta(days=365)).strftime(_TIME)]
    return period


def _openssl(*arguments: str) -> str:
    try:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise RigError("openssl is needed to make certificates; run scripts/setup") from error
    if done.returncode != 0:
        raise RigError(f"openssl {arguments[0]} failed:\n{done.stderr}")
    return done.stdout.strip()
