"""Thanks: what opens nothing again, and what must reach a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.facts import Address, Attachment, Found, Heard, LanguageReading, Mail, Reading, Tongue
from rules.thanks import is_thanks

THANKS = [
    "Thanks, solved",
    "Thanks!",
    "Hello! Many thanks, it works.",
    "Thank you very much for your quick help.\n\nBest regards,\nAna Ruiz\nAlder Security",
    "Hello Sam,\n\nthat works, thank you. You can close the ticket.\n\nAna",
    "It works again now. Great support!",
    "The problem is solved, many thanks.",
    "Perfect, thanks :-)",
    "Many thanks",
    "Hi,\nno further questions, thank you.\nKind regards\nBen",
    "Merci beaucoup !",
    "Bonjour,\n\nmerci pour votre aide rapide, le problème est résolu.\n\nCordialement,\nChantal",
    "C'est parfait, ça fonctionne. Merci.",
    "Tout fonctionne à nouveau, merci beaucoup.\nBonne journée",
    "Danke!",
    "Vielen Dank für die schnelle Hilfe, es läuft jetzt wieder.\n\nMit freundlichen Grüßen\nJens Größler",
    "Guten Tag,\n\ndas Problem ist behoben. Sie können das Ticket schließen.\n\nViele Grüße\nJens",
    "Super, danke, funktioniert.",
]

MORE_THAN_THANKS = [
    "",
    "OK",
    "Ana",
    "Thanks, but it is down again.",
    "Thanks. The server is down.",
    "Thanks, it does not work.",
    "Thanks, another problem.",
    "Thanks, it works, however the report is still slow.",
    "It is not solved.",
    "Thanks, could you also look at the export?",
    "Thanks. Please also delete the old user.",
    "Thanks for the answer. I will try it tomorrow.",
    "Solved? Thanks",
    "Thanks, error 500 appears.",
    "The problem came again, thanks.",
    "Thanks in advance for solving the problem with the import.",
    "Thanks. The problem is very big.",
    "Thanks. The error is here.",
    "Thanks. The error is back.",
    "We have a problem.\nThanks",
    "Thanks\n\nBest regards\nAna\n\nPS: everything is down now",
    "Merci, mais ça ne marche pas.",
    "Merci, cela ne fonctionne plus.",
    "Merci d'avance de rétablir le service.",
    "Le problème persiste, merci.",
    "Danke, aber es geht nicht.",
    "Danke, es läuft leider immer noch nicht.",
    "Danke, es läuft nicht wieder.",
    "Merci, cela ne fonctionne pas de nouveau.",
    "Danke. Der Fehler ist wieder da.",
    "Können Sie bitte den Import prüfen? Danke",
    "Danke im Voraus für die Lösung des Problems",
]


def of(text: str, *found: Found, attachments: tuple[Attachment, ...] = ()) -> bool:
    mail = Mail(None, Address("ana@alder.example"), "Re: it", text, text, "0" * 64, 1, attachments=attachments)
    return is_thanks(mail, Reading(LanguageReading(Tongue.ACCEPTED, "en", 0.9, 10), found))


@pytest.mark.parametrize("text", THANKS)
def test_thanks_alone_are_thanks(text: str) -> None:
    assert of(text)


@pytest.mark.parametrize("text", MORE_THAN_THANKS)
def test_whatever_says_more_is_a_reply_like_any_other(text: str) -> None:
    assert not of(text)


def test_a_stated_effect_or_a_file_speaks_against_it() -> None:
    stated = Found("works", "body", 0, "effect", "stopped", Heard.STATED)
    assert not of("Thanks, solved", stated)
    assert not of("Thanks, solved", attachments=(Attachment("a.log", "text/plain", 1, "0" * 64),))


@given(st.text(max_size=80))
def test_a_word_that_is_in_no_list_is_never_thanks(word: str) -> None:
    assert not of(f"Thanks, xyzzy {word}")
