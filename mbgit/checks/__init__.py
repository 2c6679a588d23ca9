"""What the gate looks for: one check per module, and the table of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import contradictions, encoding, fields, links, markers, names, sections, structure, timestamps, vague

if TYPE_CHECKING:
    from .page import Check

PAGE_CHECKS: dict[str, Check] = {
    "encoding": encoding.check,
    "markers": markers.check,
    "sections": sections.check,
    "names": names.check,
    "fields": fields.check,
    "links": links.check,
    "timestamps": timestamps.check,
    "contradictions": contradictions.check,
    "structure": structure.check,
    "vague": vague.check,
}

# They ask for the form of the specification's layouts: nobody else's pages are held against it.
FORM = frozenset(("sections", "names", "fields", "structure", "vague"))

# What reads fields and headings by their names, and so is given them in the standard's words.
BY_NAME = frozenset(("sections", "fields", "timestamps", "contradictions", "vague"))

# How grave a finding is where neither `.mbgit.toml` nor git's configuration says otherwise.
LEVELS = {
    "encoding": "error",
    "markers": "error",
    "secrets": "error",
    "lost": "error",
    "sections": "error",
    "names": "error",
    "fields": "error",
    "links": "error",
    "timestamps": "error",
    "locks": "error",
    "settings": "error",
    "records": "error",
    "private": "warn",
    "contradictions": "warn",
    "structure": "warn",
    "vague": "warn",
}
