"""`intake demo`: the whole of Intake on this machine, with nothing to configure and nothing left behind.

An embedded mail host, a temporary installation, the real daemon and a dozen and a half sample mails of several
customers; what becomes of each is shown as it happens. Nothing here decides anything, and nothing leaves the machine.
"""

import sys
from importlib.util import find_spec


def demo(once: bool) -> int:
    """Returns the exit status: 0 when every sample ended as expected, 1 when one did not, 2 without the extra `demo`.

    Unless `once`, stays up until SIGINT, SIGTERM or SIGHUP. Must be called in the main thread.
    """
    if missing := [name for name in ("pymap", "aiosmtpd") if find_spec(name) is None]:
        remedy = "pip install 'ticket-intake[demo]'"
        print(f"intake: the demo needs {' and '.join(missing)}; {remedy}", file=sys.stderr)
        return 2
    from intake.demo.play import play

    return play(once)
