"""Grants for tests: of a token server, or of nobody."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from intake.oauth.grant import Grant
from tests.servers.token_server import SECRET, TokenServer


def grant_at(tokens: TokenServer, home: Path, **changes: Any) -> Grant:
    """Client credentials at Microsoft's side of the server, with any value changed."""
    given: dict[str, Any] = {
        "mailbox": "support",
        "provider": "microsoft",
        "flow": "client_credentials",
        "cache": home / "oauth-support.json",
        "tenant": "tenant.test",
        "client_id": "app-1",
        "authority": tokens.url,
        "ca_file": tokens.ca_file,
        "client_secret": SecretStr(SECRET),
    }
    return Grant(**given | changes)


def google_at(tokens: TokenServer, home: Path, **changes: Any) -> Grant:
    """A service account at Google's side."""
    if not (home / "key.json").exists():
        tokens.write_key(home / "key.json")
    key = SecretStr((home / "key.json").read_text())
    user = {"provider": "google", "flow": "service_account", "key": key, "user": "support@example.test"}
    return grant_at(tokens, home, **{"authority": "", "client_secret": SecretStr(""), **user, **changes})
