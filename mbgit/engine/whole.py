"""A merge of whole pages: what `threeway` does where git's lines do not settle it."""

from __future__ import annotations

from .clean import unticked
from .compose import compose
from .document import Document, cut
from .match import Class, match
from .merge import Piece, resolve
from .page import Unit, flatten, set_feet
from .place import Order, class_of
from .policies import Judge, field_label
from .result import Merged
from .standing import standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .result import Clock


def merge_pages(
    merged: Merged,
    texts: tuple[bytes, bytes, bytes],
    policy: str,
    name: str,
    clock: Clock | None,
    swapped: bool,
    clean: bytes | None,
) -> Merged:
    """Merge base and two sides in their fixed order; `clean` is git's answer where it has one."""
    judge = Judge(policy, name, clock, swapped, merged)
    documents = cut(texts[0]), cut(texts[1]), cut(texts[2])
    pages = _flat(documents)
    classes = match(*pages)
    if clean is not None:
        merged.reason = _exception(classes, clean, texts)
        if not merged.reason:
            return Merged(clean)
    judge.titles = _titles(pages)
    alive = standing(classes)
    order = Order(pages[0], (pages[1], pages[2]), alive)
    pieces: list[Piece] = []
    for here in order.arrange():
        pieces += resolve(judge, here)
    _set_aside(judge, classes, alive)
    merged.text, where = compose(pieces, pages, documents)
    for aside, winner in judge.pending:
        aside.line = where.get(id(winner), 1)
    _count(merged, classes, alive, swapped)
    return merged


def _flat(documents: tuple[Document, Document, Document]) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """The three pages; a section that all of them hold as it is, once, is not cut."""
    where = [_once(document) for document in documents]
    common = {key for key, at in where[0].items() if at >= 0 and all(there.get(key, -1) >= 0 for there in where[1:])}
    same = [{there[key] for key in common} for there in where]
    o, a, b = (flatten(document, whole) for document, whole in zip(documents, same, strict=True))
    set_feet((o, a, b))
    return o, a, b


def _once(document: Document) -> dict[tuple[object, ...], int]:
    """A heading with its blocks -> where it stands, -1 for one that repeats."""
    found: dict[tuple[object, ...], int] = {}
    for at, section in enumerate(document.sections):
        if section.head and section.body:
            key = (section.head, section.body)
            found[key] = -1 if key in found else at
    return found


def _set_aside(judge: Judge, classes: list[Class], alive: set[int]) -> None:
    """What one side moved, or gave a new title, and the other deleted is gone, and kept outside of the file."""
    for here in classes:
        side = here.a or here.b
        if here.o is None or side is None or id(here) in alive:
            continue
        retitled = side.kind in ("heading", "table") and side.own != here.o.own
        if retitled or ((here.moved_a or here.moved_b) and side.kind not in ("break", "end")):
            judge.set_aside("changed, and deleted on the other side", b"\n".join(side.head), here)


def _titles(pages: Sequence[Sequence[Unit]]) -> set[bytes]:
    """The labels that repeat in a version of the page."""
    found: set[bytes] = set()
    for page in pages:
        seen: set[bytes] = set()
        for unit in page:
            if unit.kind == "field":
                label = field_label(unit)
                found.update({label} & seen)
                seen.add(label)
    return found


def _exception(classes: list[Class], clean: bytes, texts: tuple[bytes, bytes, bytes]) -> str:
    """Why git's clean merge may not stand: `doubled` or `heading` (law 0); empty where it may."""
    if _doubled(classes, clean, texts):
        return "doubled"
    return "heading" if _misplaced(classes, clean) else ""


def _doubled(classes: list[Class], clean: bytes, texts: tuple[bytes, bytes, bytes]) -> bool:
    """Does an entry or item that both sides added, or moved, stand twice in git's answer?

    What stands beside a moved unit counts, too: a line that nobody added stands no more often than on either side.
    """
    counts = [_counted(text) for text in (clean, *texts)]
    for here in classes:
        if here.a is not None and here.b is not None:
            have, base, *sides = (known.get(unticked(here.a.head[0]), 0) for known in counts)
            added = here.o is not None and not (here.moved_a or here.moved_b) and sum(sides) - base
            if have > max(*sides, added):
                return True
    return False


def _counted(text: bytes) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for line in unticked(text).split(b"\n"):
        found[line] = found.get(line, 0) + 1
    return found


def _misplaced(classes: list[Class], clean: bytes) -> bool:
    """Does something that one side wrote under a heading stand under another one in git's answer (law 0c)?

    The heading may have another title there, but an entry that the other side took out is no other entry now.
    """
    paths: dict[tuple[str, bytes], list[set[bytes]]] | None = None
    for here in classes:
        unit = here.any
        if here.o is not None or (here.a is not None) == (here.b is not None) or unit.kind in ("heading", "break"):
            continue
        if unit.heading is None or class_of(unit.heading).o is None:
            continue
        wanted = [titles for titles in map(_titles_of, unit.above()) if titles]
        if not wanted:
            continue
        if paths is None:
            paths = {}
            for found in flatten(cut(clean)):
                paths.setdefault((found.kind, found.own), []).append({above.own for above in found.above()})
        there = paths.get((unit.kind, unit.own))
        if there and not any(all(titles & path for titles in wanted) for path in there):
            return True
    return False


def _titles_of(heading: Unit) -> set[bytes]:
    """Under which titles a heading of base may stand in the result; none where it does not matter."""
    here = class_of(heading)
    if heading.kind != "heading" or here.o is None or (not heading.entry and None in (here.a, here.b)):
        return set()
    return {side.own for side in (here.a, here.b) if side is not None}


def _count(merged: Merged, classes: list[Class], alive: set[int], swapped: bool) -> None:
    """How many entries each side brought and how many are gone, for the ledger."""
    brought = [0, 0]
    for here in classes:
        unit = here.any
        if not unit.entry:
            continue
        if here.o is not None:
            merged.removed += unit.kind == "heading" and id(here) not in alive
            continue
        if here.a is not None and here.b is not None:
            continue
        inside = any(above.entry and above.class_.o is None for above in unit.above())  # type: ignore[attr-defined]
        brought[here.a is None] += not inside
    merged.from_ours, merged.from_theirs = brought[::-1] if swapped else brought
