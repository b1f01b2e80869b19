"""Dice: the faces of each kind, and a throw from the system's entropy."""

import secrets

FACES = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "⚽️": 5, "🎰": 64}


def throw(emoji: str) -> dict[str, object]:
    """A thrown die as the Bot API's Dice. KeyError for an emoji that is no die; no value can be asked for."""
    return {"emoji": emoji, "value": secrets.randbelow(FACES[emoji]) + 1}
