"""How urgent a mail sounds by its subject alone: by this, who waits in a long line is taken first, and nothing else.

What a mail is decided by are all its words, in their language. Here a subject is listened to in every language that the
policy has phrases for, because nobody has read the rest.
"""

import re

from rules.facts import LanguageReading, Reading, Tongue
from rules.policy_model import Policy
from rules.severity import judge
from rules.words import read_words

MOST_URGENT = 2
LONGEST = 300
"""Characters of a subject."""
PRESSING = re.compile(
    r"\b(?:urgent\w*|urgenc\w*|dringend\w*|eilt|asap|emergency|critical|critique|kritisch\w*|crític[oa]|critico"
    r"|sürgős|pilne|naléhavé|срочно)\b|紧急|緊急|至急",
    re.IGNORECASE,
)
"""What says so in many languages, and says nothing of what has happened."""
UNKNOWN = LanguageReading(Tongue.SHORT, None, None, 0)


def sounds_urgent(subject: str, policy: Policy) -> bool:
    """Whether it says so, or speaks for one of the two most urgent severities of the policy."""
    if PRESSING.search(subject[:LONGEST]):
        return True
    book = policy.book(None)
    words = read_words(subject[:LONGEST], "", book.grammar.breaks)
    judged = judge(Reading(UNKNOWN, tuple(book.find(words)), len(words.word)), policy)
    return bool(judged.evidence) and judged.severity <= MOST_URGENT
