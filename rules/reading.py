"""Reading: the slow, pure part of understanding a mail, done in a worker process.

Finds the language and every phrase that the policy listens for. What it takes grows with the length of the mail's own
text, and only up to a bound; the result is small, frozen and pickles.
"""

from rules import language
from rules.facts import Mail, Reading
from rules.policy_model import Policy
from rules.tone import tone
from rules.words import read_words


def read(mail: Mail, policy: Policy) -> Reading:
    """What a mail's subject and new text say, under a policy."""
    tongue = language.judge(mail.subject, mail.new_text, policy.languages)
    book = policy.book(tongue.language)
    words = read_words(mail.subject, mail.new_text, book.grammar.breaks)
    return Reading(tongue, (*book.find(words), *tone(words, policy.tone_in(tongue.language))), len(words.word))
