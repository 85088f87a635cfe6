"""When the interpreter looks for garbage: not while a program loads, for what it loads stays.

Each few hundred new objects make it look through the young ones, and each few thousand through all; of the hundreds of
thousands of a start not one is garbage, and a fourth of the processor time went there. Callers may rely on: a program
that never says `loading` is left as it is.
"""

import gc


def loading() -> None:
    gc.disable()


def loaded() -> None:
    """From here on; what is there by now is not looked at again. May be said more than once."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def ending() -> None:
    """The process is over, and the system takes back all that it has, whether it is garbage or not."""
    gc.freeze()
