"""What it takes to be handed tokens for one mailbox: the keys of `[mailbox.oauth]` with what their files hold.

A value: equal grants share one token. Nothing secret shows in its repr.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from intake.oauth.settings import FLOWS, Flow, OAuthSettings, Provider

NONE = SecretStr("")
INSTALL = "pip install 'ticket-intake[oauth]'"
"""The remedy where a provider's library is missing."""


@dataclass(frozen=True, slots=True)
class Grant:
    mailbox: str
    provider: Provider
    flow: Flow
    cache: Path
    """Absolute; the file is there once a token is."""
    tenant: str = ""
    client_id: str = ""
    user: str = ""
    authority: str = ""
    scopes: tuple[str, ...] = ()
    ca_file: str = ""
    client_secret: SecretStr = NONE
    certificate: SecretStr = NONE
    """PEM: private key and certificate."""
    key: SecretStr = NONE
    """JSON of a service account."""
    refresh_token: SecretStr = NONE

    @property
    def place(self) -> str:
        """At the beginning of what is told of it."""
        return f"OAuth2 of {self.mailbox}"

    def fingerprint(self) -> str:
        """Of whom the token is for: one that was kept for another is not used. Tells no secret."""
        whom = [self.provider, self.flow, self.tenant, self.client_id, self.user, self.authority, *self.scopes]
        return hashlib.sha256(json.dumps(whom).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Obtained:
    """A provider's answer."""

    value: str = field(repr=False)
    """The access token."""
    seconds: float
    """How long it holds."""
    memory: str = field(default="", repr=False)
    """What is to be handed in when the next one is asked for."""


def flow_of(settings: OAuthSettings) -> Flow:
    """The one named, or the provider's usual one."""
    return settings.flow or (FLOWS[settings.provider][0] if settings.provider else "")
