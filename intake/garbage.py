"""When the interpreter looks for garbage: not while a program loads, for what it loads stays.

Each few hundred new objects make it look through the young ones, and each few thousand through all; of the hundreds of
thousands of a start not one is garbage, and a fourth of the processor time went there. Callers may rely on: a program
that never says `loading` is left as it is.
"""

import gc

SELDOM = (10_000, 20, 20)
"""Objects that came since the last look, and looks at the young ones before one at older ones. A mail makes thousands
of objects that are gone with it, and few that hold each other: at the interpreter's own 700 a tenth of a worker's time
went there."""


def loading() -> None:
    gc.disable()


def loaded() -> None:
    """From here on; what is there by now is not looked at again. May be said more than once."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*SELDOM)
        gc.enable()


def ending() -> None:
    """The process is over, and the system takes back all that it has, whether it is garbage or not."""
    gc.freeze()
