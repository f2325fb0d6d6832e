"""What a broker shows to those who connect by TLS, replaced while it runs."""

import ssl
from pathlib import Path

from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from support.eventually import eventually

_SECONDS = 20
_BROKER = "1"


def present(bootstrap: str, address: str, keystore: Path, certificate: Path) -> None:
    """The listener "tls" at that address shows this certificate, which is in that keystore too.

    Returns when it does. Kafka takes none of another subject or for other names.
    """
    prefix = "listener.name.tls.ssl.keystore"
    entries = [
        ConfigEntry(f"{prefix}.{name}", value, incremental_operation=AlterConfigOpType.SET)
        for name, value in (("type", "PEM"), ("location", str(keystore)))
    ]
    broker = ConfigResource(ResourceType.BROKER, _BROKER, incremental_configs=entries)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.incremental_alter_configs([broker]).values():
        future.result(_SECONDS)
    host, port = address.rsplit(":", 1)
    wanted = ssl.PEM_cert_to_DER_cert(certificate.read_text())

    def shown() -> bool:
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port)))) == wanted

    eventually("certificate shown", shown)
