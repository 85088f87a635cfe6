"""A person signs in once, by a code that is entered in any browser: the daemon renews by itself from then on."""

from collections.abc import Callable
from dataclasses import dataclass

from intake.oauth.cache import Token
from intake.oauth.grant import INSTALL, Grant
from intake.oauth.source import source_of
from intake.trouble import Misconfigured


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: Token
    person: str
    """Whose account it is, as Microsoft calls it; "" where it does not say."""
    unkept: str
    """Why the token could not be kept, so that the daemon will not find it; "" where it is."""


def sign_in(grant: Grant, invite: Callable[[str, str, int], None]) -> SignedIn:
    """`invite` is told address, code, and for how many seconds the code holds. Raises TryLater or Misconfigured."""
    try:
        from intake.oauth import microsoft
    except ModuleNotFoundError as error:
        raise Misconfigured(f"{grant.place}: {error.name} is not installed; {INSTALL}") from error
    obtained, person = microsoft.sign_in(grant, lambda one: invite(one.address, one.code, one.seconds))
    source = source_of(grant)
    token = source.adopt(obtained)
    return SignedIn(token, person, source.standing().unkept)
