"""How words of mail programs are compared: without regard to case, which in Greek and German is more than capitals."""


def fold(text: str) -> str:
    """For comparing. A capital I of Turkish folds into two signs, which stay in no table."""
    return text.casefold().replace("i\u0307", "i").replace("’", "'")


def folded(*phrases: str) -> tuple[str, ...]:
    """Each once, folded, for a table."""
    return tuple(dict.fromkeys(fold(each) for each in phrases))
