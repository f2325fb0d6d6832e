"""What a connection and a reset by it say, by listener of a secured Kafka and by credential.

Each says the same within seconds: that it works, or what is wrong and what to do.
"""

from dataclasses import dataclass, field

from support.connections import in_config_map, in_secret
from support.token_server import SCOPE

WORKS = "Connected"
REFUSED = "NotAuthenticated"
UNREACHABLE = "KafkaUnavailable"


@dataclass(frozen=True)
class Row:
    """{name} in any text is a word of the test; {connection} is the connection's name."""

    listener: str
    reason: str
    message: str = ""  # a piece of it
    auth: str = "none"
    secret: dict = field(default_factory=dict)  # its data, by key; empty: there is none
    authority: str = ""  # a ConfigMap's ca.crt; empty: there is none
    spec: dict = field(default_factory=dict)


def _tls(*, ca: dict | None = None, **fields: object) -> dict:
    return {"tls": ({"ca": ca} if ca else {}) | fields}


def sasl(mechanism: str, **fields: object) -> dict:
    who = {} if "usernameFrom" in fields else {"username": "{scram}"}
    password = {"passwordFrom": in_secret("{connection}", "password")}
    return {"sasl": {"mechanism": mechanism} | who | password | fields}


def _oauth(**fields: object) -> dict:
    oauth = {
        "tokenEndpointUrl": "{tokens}",
        "clientId": "resets",
        "clientSecretFrom": in_secret("{connection}", "client-secret"),
        "scope": SCOPE,
    }
    return {"sasl": {"mechanism": "OAUTHBEARER", "oauth": oauth | fields}}


CA = in_secret("{connection}", "ca.crt")
CA_IN_CONFIG_MAP = in_config_map("{connection}", "ca.crt")
CERTIFICATE = {"clientCertificate": {"secretName": "{connection}"}}
STRIMZI_USER = {"secretName": "{connection}", "certKey": "user.crt", "keyKey": "user.key"}
ENCRYPTED = {"clientCertificate": {"secretName": "{connection}", "keyPasswordKey": "password"}}
SCRAM_256, SCRAM_512 = "SCRAM-SHA-256", "SCRAM-SHA-512"
# The layouts of others: what Strimzi and cert-manager write into their Secrets.
PASSWORD = {"password": "{password}"}
CERT_MANAGER = {"ca.crt": "{ca}", "tls.crt": "{certificate}", "tls.key": "{key}"}
STRIMZI = {"ca.crt": "{ca}", "user.crt": "{certificate}", "user.key": "{key}"}

PLAINTEXT_ROWS = {
    "plaintext": Row("plaintext", WORKS),
    "plaintext, spoken to with TLS": Row(
        "plaintext",
        UNREACHABLE,
        "is this a plaintext listener? Then remove tls",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA),
    ),
    "plaintext, spoken to with SASL": Row(
        "plaintext",
        REFUSED,
        "this listener has no SASL",
        "SCRAM-SHA-512",
        secret=PASSWORD,
        spec=sasl(SCRAM_512),
    ),
    "nobody there": Row("nobody", UNREACHABLE, "Connection refused"),
}
SASL_ROWS = {
    "PLAIN": Row(
        "sasl",
        WORKS,
        auth="PLAIN",
        secret={"password": "{plain_password}"},
        spec=sasl("PLAIN", username="alice"),
    ),
    "PLAIN with a wrong password": Row(
        "sasl",
        REFUSED,
        "Kafka refuses user alice",
        "PLAIN",
        secret={"password": "{wrong}"},
        spec=sasl("PLAIN", username="alice"),
    ),
    "PLAIN with an unknown user": Row(
        "sasl",
        REFUSED,
        "Kafka refuses user nobody",
        "PLAIN",
        secret={"password": "{wrong}"},
        spec=sasl("PLAIN", username="nobody"),
    ),
    **{
        name: row
        for scram in (SCRAM_256, SCRAM_512)
        for name, row in {
            scram: Row("sasl", WORKS, auth=scram, secret=PASSWORD, spec=sasl(scram)),
            f"{scram} with a wrong password": Row(
                "sasl",
                REFUSED,
                "correct the user name or the password",
                scram,
                secret={"password": "{wrong}"},
                spec=sasl(scram),
            ),
            f"{scram} with an unknown user": Row(
                "sasl",
                REFUSED,
                "Kafka refuses user nobody",
                scram,
                secret=PASSWORD,
                spec=sasl(scram, username="nobody"),
            ),
        }.items()
    },
    "a user from the Secret, with a line's end": Row(
        "sasl",
        WORKS,
        auth=SCRAM_512,
        secret={"user": "{scram}\n", "password": "{password}\n"},
        spec=sasl(SCRAM_512, usernameFrom=in_secret("{connection}", "user")),
    ),
    "SASL, spoken to without": Row("sasl", UNREACHABLE, "wants SASL"),
    "SASL in plaintext, spoken to with TLS": Row(
        "sasl",
        UNREACHABLE,
        "is this a plaintext listener?",
        f"{SCRAM_512} over TLS",
        secret=PASSWORD | {"ca.crt": "{ca}"},
        spec=sasl(SCRAM_512) | _tls(ca=CA),
    ),
    "no Secret": Row(
        "sasl",
        "SecretNotFound",
        "there is no Secret {connection} in namespace {namespace}: create it",
        SCRAM_512,
        spec=sasl(SCRAM_512),
    ),
    "no such key in the Secret": Row(
        "sasl",
        "SecretNotFound",
        "Secret {namespace}/{connection} has no key password, only passwort",
        SCRAM_512,
        secret={"passwort": "{password}"},
        spec=sasl(SCRAM_512),
    ),
    "an empty password": Row(
        "sasl",
        "SecretNotFound",
        "key password of Secret {namespace}/{connection} is empty",
        SCRAM_512,
        secret={"password": ""},
        spec=sasl(SCRAM_512),
    ),
}
SIGNED_ROWS = {
    "OAUTHBEARER": Row(
        "signed",
        WORKS,
        auth="OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(),
    ),
    "OAUTHBEARER with a wrong client secret": Row(
        "signed",
        REFUSED,
        "refuses client resets (invalid_client",
        "OAUTHBEARER",
        secret={"client-secret": "{wrong}"},
        spec=_oauth(),
    ),
    "OAUTHBEARER with a wrong scope": Row(
        "signed",
        REFUSED,
        "refuses client resets (invalid_scope",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(scope="everything"),
    ),
    "OAUTHBEARER without a token endpoint": Row(
        "signed",
        UNREACHABLE,
        "the token endpoint http://{dead}/token",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(tokenEndpointUrl="http://{dead}/token"),
    ),
    "OAUTHBEARER with a token for others": Row(
        "signed",
        REFUSED,
        "Kafka refuses the token of client elsewhere",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(clientId="elsewhere"),
    ),
    "OAUTHBEARER with a forged token": Row(
        "signed",
        REFUSED,
        "Kafka refuses the token of client forger",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(clientId="forger"),
    ),
    "OAUTHBEARER with a token endpoint of one's own authority": Row(
        "signed",
        WORKS,
        auth="OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        authority="{ca}",
        spec=_oauth(tokenEndpointUrl="{tls_tokens}", ca=CA_IN_CONFIG_MAP),
    ),
    "OAUTHBEARER with a token endpoint that nobody vouches for": Row(
        "signed",
        REFUSED,
        "the token endpoint {tls_tokens}: its certificate can't be verified",
        "OAUTHBEARER",
        secret={"client-secret": "{client_secret}"},
        spec=_oauth(tokenEndpointUrl="{tls_tokens}"),
    ),
    "a mechanism that the listener has not": Row(
        "signed",
        REFUSED,
        "this listener does not offer SCRAM-SHA-512, but OAUTHBEARER",
        SCRAM_512,
        secret=PASSWORD,
        spec=sasl(SCRAM_512),
    ),
}
TLS_ROWS = {
    "TLS": Row("tls", WORKS, auth="none over TLS", secret={"ca.crt": "{ca}"}, spec=_tls(ca=CA)),
    "TLS with the authority in a ConfigMap": Row(
        "tls", WORKS, auth="none over TLS", authority="{ca}", spec=_tls(ca=CA_IN_CONFIG_MAP)
    ),
    "TLS with a bundle of authorities": Row(
        "tls",
        WORKS,
        auth="none over TLS",
        authority="{other_ca}{ca}",
        spec=_tls(ca=CA_IN_CONFIG_MAP),
    ),
    "TLS with the public authorities": Row(
        "tls",
        REFUSED,
        "is from the authority ca, which is not trusted; put that authority's certificate into "
        "tls.ca",
        "none over TLS",
        spec=_tls(),
    ),
    "TLS with another authority": Row(
        "tls",
        REFUSED,
        "is from the authority ca, which is not trusted",
        "none over TLS",
        secret={"ca.crt": "{other_ca}"},
        spec=_tls(ca=CA),
    ),
    "TLS with an expired certificate of the broker": Row(
        "expired",
        REFUSED,
        "the broker's certificate expired on",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA),
    ),
    "TLS for another host": Row(
        "tls",
        REFUSED,
        "not for kafka.example.com; correct tls.serverName",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA, serverName="kafka.example.com"),
    ),
    "TLS for a name that is said": Row(
        "tls",
        WORKS,
        auth="none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA, serverName="localhost"),
    ),
    "TLS with whomever": Row(
        "expired", WORKS, auth="none over TLS", spec=_tls(insecureSkipVerify=True)
    ),
    "TLS, spoken to in plaintext": Row("tls", UNREACHABLE, "is this a listener for TLS?"),
    "an authority that is no PEM": Row(
        "tls",
        REFUSED,
        "tls.ca is not made of certificates in PEM",
        "none over TLS",
        secret={"ca.crt": "{wrong}"},
        spec=_tls(ca=CA),
    ),
    "no ConfigMap": Row(
        "tls",
        "ConfigMapNotFound",
        "there is no ConfigMap {connection} in namespace {namespace}: create it",
        "none over TLS",
        spec=_tls(ca=CA_IN_CONFIG_MAP),
    ),
    "no such key in the ConfigMap": Row(
        "tls",
        "ConfigMapNotFound",
        "ConfigMap {namespace}/{connection} has no key ca-bundle.crt, only ca.crt",
        "none over TLS",
        authority="{ca}",
        spec=_tls(ca=in_config_map("{connection}", "ca-bundle.crt")),
    ),
}
BY_CERTIFICATE = "client certificate over TLS"
MTLS_ROWS = {
    "a certificate as cert-manager has it": Row(
        "mtls",
        WORKS,
        auth=BY_CERTIFICATE,
        secret=CERT_MANAGER,
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a certificate as Strimzi has it": Row(
        "mtls",
        WORKS,
        auth=BY_CERTIFICATE,
        secret=STRIMZI,
        spec=_tls(ca=CA, clientCertificate=STRIMZI_USER),
    ),
    "an encrypted key": Row(
        "mtls",
        WORKS,
        auth=BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{encrypted_key}", "password": "{key_password}\n"},
        spec=_tls(ca=CA, **ENCRYPTED),
    ),
    "an encrypted key with a wrong password": Row(
        "mtls",
        REFUSED,
        "the password of the client certificate's private key is wrong",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{encrypted_key}", "password": "{wrong}"},
        spec=_tls(ca=CA, **ENCRYPTED),
    ),
    "an encrypted key without a password": Row(
        "mtls",
        REFUSED,
        "with tls.clientCertificate.keyPasswordKey",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{encrypted_key}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "no certificate": Row(
        "mtls",
        REFUSED,
        "the broker wants a client certificate; set tls.clientCertificate",
        "none over TLS",
        secret={"ca.crt": "{ca}"},
        spec=_tls(ca=CA),
    ),
    "a stranger's certificate": Row(
        "mtls",
        REFUSED,
        "the broker refuses the client certificate",
        BY_CERTIFICATE,
        secret={"ca.crt": "{ca}", "tls.crt": "{stranger}", "tls.key": "{stranger_key}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a key of another certificate": Row(
        "mtls",
        REFUSED,
        "the private key is not the client certificate's",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{stranger_key}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a certificate that is no PEM": Row(
        "mtls",
        REFUSED,
        "the client certificate is not one in PEM",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.crt": "{wrong}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "a key that is no PEM": Row(
        "mtls",
        REFUSED,
        "private key is not one in PEM",
        BY_CERTIFICATE,
        secret=CERT_MANAGER | {"tls.key": "{wrong}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
    "no key in the Secret": Row(
        "mtls",
        "SecretNotFound",
        "Secret {namespace}/{connection} has no key tls.key",
        BY_CERTIFICATE,
        secret={"ca.crt": "{ca}", "tls.crt": "{certificate}"},
        spec=_tls(ca=CA, **CERTIFICATE),
    ),
}
SASL_TLS_ROWS = {
    "PLAIN over TLS": Row(
        "sasl_tls",
        WORKS,
        auth="PLAIN over TLS",
        secret={"password": "{plain_password}", "ca.crt": "{ca}"},
        spec=sasl("PLAIN", username="alice") | _tls(ca=CA),
    ),
    "SCRAM-SHA-256 over TLS": Row(
        "sasl_tls",
        WORKS,
        auth="SCRAM-SHA-256 over TLS",
        secret=PASSWORD | {"ca.crt": "{ca}"},
        spec=sasl(SCRAM_256) | _tls(ca=CA),
    ),
    "SCRAM-SHA-512 over TLS": Row(
        "sasl_tls",
        WORKS,
        auth="SCRAM-SHA-512 over TLS",
        secret=PASSWORD,
        authority="{ca}",
        spec=sasl(SCRAM_512) | _tls(ca=CA_IN_CONFIG_MAP),
    ),
    "SCRAM-SHA-512 over TLS with a wrong password": Row(
        "sasl_tls",
        REFUSED,
        "correct the user name or the password",
        "SCRAM-SHA-512 over TLS",
        secret={"password": "{wrong}", "ca.crt": "{ca}"},
        spec=sasl(SCRAM_512) | _tls(ca=CA),
    ),
    "SCRAM-SHA-512 over TLS with another authority": Row(
        "sasl_tls",
        REFUSED,
        "is from the authority ca, which is not trusted",
        "SCRAM-SHA-512 over TLS",
        secret=PASSWORD | {"ca.crt": "{other_ca}"},
        spec=sasl(SCRAM_512) | _tls(ca=CA),
    ),
    "OAUTHBEARER over TLS": Row(
        "signed_tls",
        WORKS,
        auth="OAUTHBEARER over TLS",
        secret={"client-secret": "{client_secret}", "ca.crt": "{ca}"},
        spec=_oauth() | _tls(ca=CA),
    ),
}
ROWS = PLAINTEXT_ROWS | SASL_ROWS | SIGNED_ROWS | TLS_ROWS | MTLS_ROWS | SASL_TLS_ROWS
