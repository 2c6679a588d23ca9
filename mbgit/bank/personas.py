"""Names of personas: they compare without case and without a trailing title."""

from __future__ import annotations

NAME = "a name in one line, with a letter or a digit in it"
_TITLES = ("engineer", "expert", "specialist")


def is_name(name: str) -> bool:
    """Whether a text can name a persona: see `NAME`."""
    return name.isprintable() and any(char.isalnum() for char in name)


def persona_key(name: str) -> str:
    """A persona's name as it is compared: `DevOps Engineer` and `devops` are one."""
    words = name.replace("-", " ").replace("_", " ").casefold().split()
    while len(words) > 1 and words[-1] in _TITLES:
        words.pop()
    return " ".join(words)


def same_persona(one: str, other: str) -> bool:
    """Whether two names mean one persona; no name is nobody's."""
    return bool(persona_key(one)) and persona_key(one) == persona_key(other)
