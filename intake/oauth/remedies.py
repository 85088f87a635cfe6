"""What a mail server's refusal of a good token asks of the admin: the token is the provider's word for who we are, and
the mailbox is not open to that one."""

from intake.oauth.grant import Grant
from intake.oauth.settings import Flow

BY_FLOW: dict[Flow, str] = {
    "client_credentials": "register the app in Exchange (New-ServicePrincipal) and let it into the mailbox "
    "(Add-MailboxPermission), and see that the app has {permission} by admin consent",
    "device_code": "whoever signed in must have full access to the mailbox of {user}, with {protocol} allowed for it",
    "service_account": "see that {user} is the mailbox's user, with {protocol} allowed for it, and that the service "
    "account's client ID is delegated https://mail.google.com/",
    "refresh_token": "whoever made the refresh token must be {user}, for the scope https://mail.google.com/, with "
    "{protocol} allowed",
}
NO_GRANT = "set provider in [mailbox.oauth]"
PERMISSIONS = {"IMAP": "IMAP.AccessAsApp", "SMTP AUTH": "SMTP.SendAsApp"}


def refused(grant: Grant, username: str, protocol: str) -> str:
    """`protocol` is "IMAP" or "SMTP AUTH"."""
    return BY_FLOW[grant.flow].format(user=username, protocol=protocol, permission=PERMISSIONS[protocol])
