from intake.mail.body import Body
from intake.mail.headers import Headers
from rules.facts import Address, MachineSigns


def signs(headers: Headers, body: Body, subject: str, sender: Address | None, bounce: tuple[str, ...]) -> MachineSigns:
    return MachineSigns(bounce=bounce)
