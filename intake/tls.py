"""The TLS of both wires: the system's authorities and one more, the name always checked, plain text only at home."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from intake.config_checks import is_loopback
from intake.settings import LoginSettings
from intake.trouble import Misconfigured


def trust(settings: LoginSettings, table: str) -> ssl.SSLContext:
    """A context that verifies chain and name. Raises Misconfigured where ca_file cannot be used."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.ca_file:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except OSError as error:  # ssl.SSLError too
            why = error.strerror or "no certificate in it"
            remedy = f"ca_file in {table} must be a PEM file this account may read"
            raise Misconfigured(f"{settings.ca_file}: {why}; {remedy}") from error
    return context


def forbid_plain_text(settings: LoginSettings, table: str) -> None:
    """Raises Misconfigured for `security = "none"` to anywhere but this machine: a password would be readable."""
    if settings.security == "none" and not is_loopback(settings.host):
        remedy = f"set tls or starttls in {table}"
        raise Misconfigured(f'{settings.host}: security = "none" is only for this machine; {remedy}')


def certificate_ends(shown: Mapping[str, Any] | None) -> datetime | None:
    """When a server's certificate ends, from what `ssl` says of it (`getpeercert`); None where there is no TLS."""
    if not shown or "notAfter" not in shown:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
