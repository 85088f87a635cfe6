"""Private text: whether a text for a customer repeats what was written for staff.

Cutting quotes is a matter of judgement, so it is not trusted alone: what was said in notices and notes is known word
for word, and nothing of it may go out. Compared are words, not lines, because mail programs break and join those; what
the customer has written or was sent already is public, wherever else it stands.
"""

import re
from collections.abc import Iterable

RUN = 6
"""So many words in a row that are the same are a quotation."""
SHORTEST = 3
"""Words of a whole line that are a quotation though they are fewer than `RUN`."""
MOST_QUOTED, LONGEST = 500, 100_000
"""Quoted lines of a text, and characters of a public one, that are compared: nobody answers between more."""
WORD = re.compile(r"[^\W_]+(?:[.@'’:/-][^\W_]+)*")
QUOTES = (">", "|", "＞")
Run = tuple[str, ...]


def leaked(text: str, private: Iterable[str], public: Iterable[str]) -> tuple[str, ...]:
    """The lines of `text` that repeat something of `private` that is not in `public` too. Linear."""
    runs, lines = _known(private)
    open_runs, open_lines = _known(public)
    runs -= open_runs
    lines -= open_lines
    found: dict[str, None] = {}
    words: list[tuple[str, str]] = []
    for line in text.splitlines():
        said, shown = _words(line), line.strip()
        if len(said) >= SHORTEST and tuple(said) in lines:
            found[shown] = None
        words += [(word, shown) for word in said]
    for at in range(len(words) - RUN + 1):
        if tuple(word for word, _ in words[at : at + RUN]) in runs:
            found |= dict.fromkeys(line for _, line in words[at : at + RUN])
    return tuple(found)


def without_foreign_quotes(text: str, public: Iterable[str]) -> str:
    """`text` without the quoted lines that quote nothing `public`: what is answered between the lines stays."""
    said = f" {' '.join(word for one in public for word in _words(one[:LONGEST]))} "[: 2 * LONGEST]
    kept: list[str] = []
    looked_up = 0
    for line in text.splitlines():
        words = _words(line)
        if not line.lstrip().startswith(QUOTES):
            kept.append(line)
            continue
        looked_up += 1
        quotes_them = words and looked_up <= MOST_QUOTED and f" {' '.join(words)} " in said
        goes_on = not words and kept and kept[-1].lstrip().startswith(QUOTES)
        if quotes_them or goes_on:
            kept.append(line)
    return "\n".join(kept).strip("\n")


def _known(texts: Iterable[str]) -> tuple[set[Run], set[Run]]:
    """Every run of words of these texts, and every line of enough of them."""
    runs: set[Run] = set()
    lines: set[Run] = set()
    for text in texts:
        words: list[str] = []
        for line in text.splitlines():
            said = _words(line)
            if len(said) >= SHORTEST:
                lines.add(tuple(said))
            words += said
        runs.update(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
    return runs, lines


def _words(line: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(line)]
