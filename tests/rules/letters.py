"""The names of the letters that policies under test may send."""

from rules.facts import Gate

LETTERS = frozenset({"acknowledgement", "held", *(f"declined_{gate}" for gate in Gate)})
