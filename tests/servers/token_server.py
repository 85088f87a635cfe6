"""An HTTPS server that hands out access tokens as Microsoft and Google do, and tells Dovecot whose they are.

    with TokenServer(tmp_path) as tokens:
        tokens.opens = "support@example.test"       # the mailbox that its tokens open
        tokens.refusals.append(Refusal(503))        # the next request for a token fails

Microsoft's side: the tenant's endpoints under any tenant, client credentials (secret or signed assertion), device code,
refresh token. Google's: /google/token, for a service account or a refresh token. `form` of each request is kept.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.servers import pki

SECRET = "hush-client-secret"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is answered in place of a token."""

    status: int
    body: Mapping[str, Any] | str = field(default_factory=dict)


@dataclass(slots=True)
class Issued:
    user: str
    ends: float
    """time.time()"""


class TokenServer:
    def __init__(self, home: Path, port: int = 0) -> None:
        self.pki = pki.make(home / "token-pki")
        self.life = 3600
        """Seconds that the tokens from now on hold."""
        self.opens = "support@example.test"
        self.refusals: list[Refusal] = []
        """Used up one by one, by requests for a token."""
        self.broken: Refusal | None = None
        """For every request for a token, until it is None again."""
        self.entered = threading.Event()
        """Whether a person has entered the device code."""
        self.issued: dict[str, Issued] = {}
        self.refresh_tokens: set[str] = set()
        self.forms: list[dict[str, str]] = []
        """Of the requests for tokens."""
        self._port, self._home = port, home
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    @property
    def google(self) -> str:
        """Google's token endpoint."""
        return f"{self.url}/google/token"

    @property
    def ca_file(self) -> str:
        return str(self.pki.ca)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self), bind_and_activate=True)
        server.daemon_threads = True
        server.socket = self.pki.server().wrap_socket(server.socket, server_side=True)
        self._server, self._port = server, server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), name="token-server", daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def revoke(self) -> None:
        """No token that is out there is good any more."""
        self.issued.clear()

    def write_key(self, path: Path) -> None:
        """A service account's key file."""
        pki.openssl(path.parent, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "sa.pem")
        info = {
            "type": "service_account",
            "client_email": "intake@project.iam.gserviceaccount.test",
            "client_id": "1234567890",
            "private_key_id": "k1",
            "private_key": (path.parent / "sa.pem").read_text(),
            "token_uri": self.google,
        }
        path.write_text(json.dumps(info))
        path.chmod(0o600)

    def write_certificate(self, path: Path, days: int = 90) -> None:
        """Private key and certificate of an application, as PEM."""
        pki.openssl(
            path.parent,
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj", "/CN=Intake"),
            *("-keyout", "app.key", "-out", "app.crt"),
        )
        path.write_text((path.parent / "app.key").read_text() + (path.parent / "app.crt").read_text())
        path.chmod(0o600)

    def issue(self, *, refreshable: bool = False) -> dict[str, Any]:
        value = "at-" + secrets.token_urlsafe(40)
        self.issued[value] = Issued(self.opens, time.time() + self.life)
        answer: dict[str, Any] = {"access_token": value, "token_type": "Bearer", "expires_in": self.life}
        if refreshable:
            refresh = "rt-" + secrets.token_urlsafe(20)
            self.refresh_tokens.add(refresh)
            claims = {"preferred_username": "ana@tenant.test", "sub": "s", "oid": "o", "tid": "t", "exp": 9**10}
            claims |= {"iss": "i", "aud": "app-1"}
            answer |= {
                "refresh_token": refresh,
                "id_token": f"{_b64({'alg': 'none'})}.{_b64(claims)}.x",
                "client_info": _b64({"uid": "o", "utid": "t"}),
                "scope": "openid profile offline_access",
            }
        return answer

    def answer_token(self, form: dict[str, str], path: str) -> tuple[int, Mapping[str, Any] | str]:
        self.forms.append(form)
        if self.refusals:
            refusal = self.refusals.pop(0)
            return refusal.status, refusal.body
        if self.broken is not None:
            return self.broken.status, self.broken.body
        grant = form.get("grant_type", "")
        if grant == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                words = "AADSTS700082: The refresh token has expired due to inactivity. Trace ID: 1 Correlation ID: 2"
                return 400, {"error": "invalid_grant", "error_description": words}
            return 200, self.issue(refreshable="google" not in path)
        if grant == DEVICE_GRANT:
            if not self.entered.is_set():
                return 400, {"error": "authorization_pending", "error_description": "AADSTS70016: not yet"}
            return 200, self.issue(refreshable=True)
        if grant == "client_credentials" and not form.get("client_assertion") and form.get("client_secret") != SECRET:
            words = "AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2"
            return 401, {"error": "invalid_client", "error_description": words, "error_codes": [7000215]}
        if grant == JWT_GRANT:
            claims = json.loads(base64.urlsafe_b64decode(form["assertion"].split(".")[1] + "=="))
            form["sub"], form["scope"] = claims.get("sub", ""), claims.get("scope", "")
        return 200, self.issue()

    def whose(self, value: str) -> tuple[int, Mapping[str, Any]]:
        """For Dovecot."""
        found = self.issued.get(value)
        if found is None or found.ends < time.time():
            return 400, {"error": "invalid_token"}
        return 200, {"email": found.user, "active": True, "expires_in": int(found.ends - time.time())}


def _handler(tokens: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path)
            if path.path.endswith("/.well-known/openid-configuration"):
                tenant = path.path.split("/")[1]
                if tenant == "nobody":
                    self.say(400, {"error": "invalid_tenant", "error_description": "AADSTS90002: no such tenant"})
                    return
                base = f"{tokens.url}/{tenant}/oauth2/v2.0"
                self.say(
                    200,
                    {
                        "issuer": f"{tokens.url}/{tenant}/v2.0",
                        "authorization_endpoint": f"{base}/authorize",
                        "token_endpoint": f"{base}/token",
                        "device_authorization_endpoint": f"{base}/devicecode",
                    },
                )
            elif path.path == "/tokeninfo":
                self.say(*tokens.whose(parse_qs(path.query).get("access_token", [""])[0]))
            else:
                self.say(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if self.path.endswith("/devicecode"):
                self.say(
                    200,
                    {
                        "device_code": "dc-" + hashlib.sha256(body.encode()).hexdigest(),
                        "user_code": "ABCD-EFGH",
                        "verification_uri": "https://microsoft.test/devicelogin",
                        "expires_in": 900,
                        "interval": 1,
                        "message": "enter it",
                    },
                )
            else:
                self.say(*tokens.answer_token(form, self.path))

        def say(self, status: int, body: Mapping[str, Any] | str) -> None:
            raw = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests read what the daemon logs."""

    return Handler


def _b64(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
