"""A token endpoint: client credentials of OAuth 2.0 by oauthlib, signed by PyJWT."""

import base64
import ssl
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus

import jwt
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

from support.rig import Rig

_LIFETIME = 300
_CLAIMS = {"iss": "rig", "aud": "kafka"}  # as the listeners "signed" want it
SCOPE = "resets"


class TokenServer:
    """On 127.0.0.1. Its tokens are of the user `subject`, for whoever knows the client's secret.

    The clients: "resets"; "elsewhere", whose tokens are for another audience; and "forger", whose
    tokens somebody else has signed.
    """

    def __init__(
        self, rig: Rig, subject: str, client_secret: str, is_encrypted: bool = False
    ) -> None:
        """Encrypted: with the brokers' certificate."""
        self.subject = subject
        self.tokens: list[str] = []  # that were given out
        self._key = rig.pem("token.key")
        self._clients = _Clients(client_secret)
        self._endpoint = BackendApplicationServer(
            self._clients, token_generator=self._token, token_expires_in=_LIFETIME
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._scheme = "https" if is_encrypted else "http"
        if is_encrypted:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(
                *(rig.tls_folder / name for name in ("server.pem", "server.key"))
            )
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/token"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _token(self, request) -> str:
        client = request.client.client_id
        now = int(time.time())
        claims = _CLAIMS | {"sub": self.subject, "iat": now, "exp": now + _LIFETIME}
        if client == "elsewhere":
            claims["aud"] = "another"
        token = jwt.encode(claims, self._key, "RS256", headers={"kid": "rig"})
        if client == "forger":
            head, signature = token.rsplit(".", 1)
            token = f"{head}.{signature[::-1]}"
        self.tokens.append(token)
        return token

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self._endpoint

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                headers, answer, status = endpoint.create_token_response(
                    f"https://{self.headers['Host']}{self.path}", "POST", body, dict(self.headers)
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_: object) -> None:
                """Not to the test's output."""

        return Handler


class _Client:
    def __init__(self, client_id: str) -> None:
        self.client_id = client_id


class _Clients(RequestValidator):
    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def authenticate_client(self, request, *_args, **_kwargs) -> bool:
        client, secret = _basic(request.headers.get("Authorization", ""))
        if client not in ("resets", "elsewhere", "forger") or secret != self._secret:
            return False
        request.client = _Client(client)
        return True

    def validate_grant_type(self, *_args, **_kwargs) -> bool:
        return True  # the endpoint knows no other

    def get_default_scopes(self, *_args, **_kwargs) -> list[str]:
        return [SCOPE]

    def validate_scopes(self, _client_id, scopes, *_args, **_kwargs) -> bool:
        return scopes == [SCOPE]

    def save_bearer_token(self, *_args, **_kwargs) -> None:
        """Who has one may use it until it is over."""


def _basic(header: str) -> tuple[str, str]:
    """Client and secret of RFC 6749, 2.3.1; empty ones where there are none."""
    with suppress(ValueError):
        client, secret = base64.b64decode(header.removeprefix("Basic ")).decode().split(":", 1)
        return unquote_plus(client), unquote_plus(secret)
    return "", ""
