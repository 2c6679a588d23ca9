"""The layouts of a memory bank, the files that each starts with, and the headings that a file of a kind must have.

A template is also the schema of its kind: its headings are the required ones, in order. What differs from that is
said in the template itself, in a comment on the line under the heading, which a new file does not get:

| comment                              | the section                                                              |
|--------------------------------------|--------------------------------------------------------------------------|
| `<!-- mbgit: multi-agent -->`        | is required where several agents work, and left out of a standard bank    |
| `<!-- mbgit: optional -->`           | stands in a new file, and may be taken out of it                          |
| `<!-- mbgit: multi-agent, optional -->` | both: left out of a standard bank, required nowhere                    |

A section with text in the template must have text in every file; one that holds nothing but a comment or the head of
a table may be empty. `{date}`, `{persona}`, `{branch}` and `{topic}` are filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mbgit.engine.document import Section, cut

from .globs import fits
from .kinds import DESCRIPTIONS, KINDS, folded
from .personas import persona_key
from .places import OWN_FORM

BUFFERS, STANDARD, MULTI_AGENT = "buffers", "standard", "multi-agent"
OWN = "own"  # what no `--scaffold` makes: a bank with a form of its own, which no check asks for another one

BESIDE = "../"  # in front of a name: beside the bank, not in it
MEMORIES = "agent-memory-banks"
_STANDARD = ("activeContext.md", "progress.md", "systemContext.md", "decisions.md", "sessions/.gitkeep")

# The files of each layout, from the bank's folder. One with `{persona}` stands there once for each persona.
LAYOUTS = {
    BUFFERS: ("activeContext.md", "patterns-buffer.md", "lessons-buffer.md", "decisions-inbox.md", "SESSION_LOG.md"),
    STANDARD: _STANDARD,
    MULTI_AGENT: (
        *_STANDARD,
        "agent-logbook.md",
        f"{BESIDE}{MEMORIES}/README.md",
        f"{BESIDE}{MEMORIES}/{{persona}}-memory.md",
    ),
}

_DESCRIPTIONS = {folded(f"{name}.md") for name in (*DESCRIPTIONS, "decisionLog")}
_FOLDER = Path(__file__).resolve().parent / "templates"
_MARK = re.compile(rb"<!-- mbgit: ([a-z, -]{1,40}) -->\n?")
_LONGEST_NAME = 60  # characters of a persona's name in a file's
_PLACEHOLDER = re.compile(r"\{(date|persona|branch|topic)\}")


class New(NamedTuple):
    """A file that a layout starts with."""

    path: str
    """From the repository's root."""
    template: str
    """Nothing: it starts empty."""
    persona: str = ""
    """Whose it is, where it is one persona's own."""


class Required(NamedTuple):
    """A heading that a file must have."""

    level: int
    words: str
    text: bool
    """Whether there must be something in its section."""


def template(name: str) -> bytes:
    """The template of that name, with its marks and placeholders. Raises OSError where there is none."""
    return (_FOLDER / name).read_bytes()


def filled(
    name: str,
    *,
    date: str = "YYYY-MM-DD",
    persona: str = "[Agent]",
    branch: str = "[branch]",
    topic: str = "[Topic]",
    layout: str = BUFFERS,
) -> bytes:
    """What a new file starts as, in a bank of that layout; no template (an empty name) is an empty file.

    A value stands in one line, whatever it holds. Raises OSError where there is no such template.
    """
    if not name:
        return b""
    document = cut(template(name))
    document.sections = [section for section in document.sections if not _left_out(_marks(section), layout)]
    for section in document.sections:
        section.body = _MARK.sub(b"", section.body, count=1)
    values = {"date": date, "persona": persona, "branch": branch, "topic": topic}
    text = document.render().decode()
    return _PLACEHOLDER.sub(lambda found: " ".join(values[found[1]].split()), text).encode()


@cache
def required(name: str, layout: str) -> tuple[Required, ...]:
    """The headings that a file of that template must have in a bank of that layout, in order; no name: none."""
    if not name:
        return ()
    return tuple(_required(section) for section in cut(template(name)).sections[1:] if _is_needed(section, layout))


def files_of(layout: str, bank: str, personas: Iterable[str] = ()) -> list[New]:
    """The files that a bank of that layout starts with; `bank` is its path from the repository's root.

    Personas that are the same by `persona_key` get one file, in the name that comes first.
    """
    owners: dict[str, str] = {}
    for persona in personas:
        if file_name(persona):
            owners.setdefault(persona_key(persona), persona)
    found = []
    for name in LAYOUTS[layout]:
        if "{persona}" in name:
            found += [New(_path(name.format(persona=file_name(who)), bank), _template_of(name), who)
                      for who in owners.values()]  # fmt: skip
        else:
            found.append(New(_path(name, bank), _template_of(name)))
    return found


def layout_of(names: Iterable[str], place: str = "") -> str:
    """The layout of a bank, by the paths of its files, relative to the bank (`../` for those beside it).

    A bank at a `place` that a tool made up, or with descriptions as the field has them (`projectbrief.md`), has a form
    of its own, unless there are buffers or a logbook as well.

    A logbook or private memories make it a multi-agent bank, a buffer or the session log makes it one of buffers, and
    any other file of the standard a standard one. Buffers are made for several personas, so a logbook beside them
    changes nothing as long as no other file of the standard is there: nobody has asked for the standard's sections
    then. Where both stand, as in the middle of a migration, a logbook or memories decide for multi-agent, else it is
    one of buffers.
    """
    names = list(names)
    signs = {sign for name in names for sign in _signs(PurePosixPath(name))}
    if (place in OWN_FORM or any(_is_description(name) for name in names)) and not any(map(_is_ours, names)):
        return OWN
    if MULTI_AGENT in signs and not (BUFFERS in signs and STANDARD not in signs):
        return MULTI_AGENT
    return STANDARD if signs == {STANDARD} else BUFFERS


def _is_description(name: str) -> bool:
    return "/" not in name and folded(name) in _DESCRIPTIONS


def _is_ours(name: str) -> bool:
    """Whether only the specification's layouts have this file."""
    return name.endswith("-buffer.md") or name in ("decisions-inbox.md", "agent-logbook.md") or MEMORIES in name


def _signs(path: PurePosixPath) -> Iterable[str]:
    """What one file says about its bank's layout."""
    if MEMORIES in path.parts[:-1] or path == PurePosixPath("agent-logbook.md"):
        yield MULTI_AGENT
    elif len(path.parts) == 1:
        if path.name.endswith("-buffer.md") or path.name in LAYOUTS[BUFFERS][1:]:  # every layout has the first
            yield BUFFERS
        elif path.name in _STANDARD[1:]:
            yield STANDARD


def _marks(section: Section) -> list[str]:
    found = _MARK.match(section.body)
    return found[1].decode().split(", ") if found else []


def _left_out(marks: list[str], layout: str) -> bool:
    return MULTI_AGENT in marks and layout == STANDARD


def _is_needed(section: Section, layout: str) -> bool:
    marks = _marks(section)
    return "optional" not in marks and (MULTI_AGENT not in marks or layout == MULTI_AGENT)


def _required(section: Section) -> Required:
    text = any(node.kind not in ("comment", "table") for node in section.blocks)
    return Required(section.level, section.text.decode(), text)


def _path(name: str, bank: str) -> str:
    """A name of `LAYOUTS` as a path from the root; what would stand beside the root stands in it."""
    folder = PurePosixPath(bank)
    if name.startswith(BESIDE):
        return str(folder.parent / name.removeprefix(BESIDE))
    return str(folder / name)


def _template_of(name: str) -> str:
    path = name.removeprefix(BESIDE)
    return next((kind.template for kind in KINDS if fits(kind.pattern, path)), "")


def file_name(persona: str) -> str:
    """A persona's name as files have it: `DevOps Engineer` is `devops-engineer`. Nothing where no letter is in it."""
    words = "".join(char if char.isalnum() else " " for char in persona.casefold()).split()
    return "-".join(words)[:_LONGEST_NAME].rstrip("-")


def owner_of(path: str) -> str:
    """Whose private memory lies at a path, as its file's name says it; nothing where it does not say."""
    stem = PurePosixPath(path).stem.casefold()
    return stem[: -len("-memory")] if stem.endswith(("-memory", "_memory")) else ""


def is_owner(persona: str, path: str) -> bool:
    """Whether the private memory at a path is that persona's: its file, or a folder that it lies in, has the name."""
    own = file_name(persona_key(persona))
    names = (owner_of(path) or PurePosixPath(path).stem, *PurePosixPath(path).parts[:-1])
    return bool(own) and any(file_name(persona_key(name)) == own for name in names)


def name_of_template(template: str) -> str:
    """What git shows a template by: `git show mbgit/template/journal`."""
    return f"mbgit/template/{template.removesuffix('.md')}"
