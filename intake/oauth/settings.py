"""The table `[mailbox.oauth]`: who hands out the tokens that IMAP and SMTP are logged in with, and what for.

Which keys belong together is for `intake.oauth.checks` to say; what the files hold stands in a `Grant`.
"""

from typing import Literal

from intake.setting_values import Section, Text

Provider = Literal["", "microsoft", "google"]
Flow = Literal["", "client_credentials", "device_code", "service_account", "refresh_token"]
FLOWS: dict[Provider, tuple[Flow, ...]] = {
    "microsoft": ("client_credentials", "device_code"),
    "google": ("service_account", "refresh_token"),
}
"""The first is meant where the key is empty."""


class OAuthSettings(Section):
    """Sign-in by OAuth2, for logins with auth = "xoauth2". Needs the extra "oauth"; the README says what to click."""

    provider: Provider = ""
    """microsoft | google; "" where IMAP and SMTP are logged in to with passwords."""
    flow: Flow = ""
    """microsoft: client_credentials (the default) | device_code (a person signs in once, by `intake sign-in`).
    google: service_account (the default) | refresh_token."""
    tenant: Text = ""
    """microsoft: the directory (tenant) ID, or a domain of it."""
    client_id: Text = ""
    """The application (client) ID; Google's service account has it in its key_file."""
    client_secret_file: Text = ""
    """File with the client secret's value, for client_credentials and refresh_token; looked up like a password_file."""
    client_secret_env: Text = ""
    """Name of an environment variable with the client secret, instead of client_secret_file."""
    certificate_file: Text = ""
    """PEM file with private key and certificate, for client_credentials instead of a client secret."""
    key_file: Text = ""
    """The JSON file with the service account's key, as Google hands it out; looked up like a password_file."""
    refresh_token_file: Text = ""
    """File with the refresh token, for flow = "refresh_token"; looked up like a password_file."""
    user: Text = ""
    """Whose mailbox the service account opens; "" for the username under [mailbox.imap]."""
    authority: Text = ""
    """Where tokens come from, if not from the provider's usual address: for microsoft such as
    "https://login.microsoftonline.us", for google the whole address of the token endpoint."""
    scopes: tuple[Text, ...] = ()
    """What the token is for, where the usual scopes are not right (national clouds)."""
    ca_file: Text = ""
    """A further certificate authority to trust there, such as that of a proxy: a PEM file beside this file."""
    cache_file: Text = ""
    """Where the token is kept (0600); "" for oauth-NAME.json beside the SQLite file, or with PostgreSQL in
    $STATE_DIRECTORY or /var/lib/intake."""
