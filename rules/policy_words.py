"""The tables of words: how a language turns statements round, and the phrases by which a mail asks for a matter.

Policies share most of them in vocabularies (`rules.vocabularies`) and add their own under the same keys.
"""

from pydantic import Field

from rules.policy_tables import ByLanguage, Phrases, Table


class Words(Table):
    """How one language denies, supposes, asks and remembers; and the groups of words phrases refer to."""

    negation: Phrases = ()
    supposed: Phrases = ()
    past: Phrases = ()
    present: Phrases = ()
    """Takes back what `past` would say: "since last week"."""
    asking: Phrases = ()
    """Single words that open a question clause."""
    polite: Phrases = ()
    """Words after one of `asking` that make it a request: "could you"."""
    breaks: Phrases = ()
    """Single words that begin a new clause; a denial does not reach past them."""
    groups: ByLanguage = Field(default={})


class Matter(Table):
    """Phrases that ask for one thing: `clear` counts 2, `hint` 1, `asking` 1 beside a hint, `against` takes 2 from its
    sentence; at 2 the matter stands."""

    clear: Phrases = ()
    hint: Phrases = ()
    asking: Phrases = ()
    """Pleas for help; counted once, and only where the mail hints at the matter."""
    against: Phrases = ()
    against_for_plan: ByLanguage = Field(default={})
    """Plan to phrases that are in order for its customers."""
