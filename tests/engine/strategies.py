"""Memory banks and edits of them, for hypothesis: trees, each line with a token that no other line holds.

A tree is what a test knows and the engine does not: which line belongs to which unit, and what became of it
on each side. So "lost", "doubled" and "resurrected" are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.bench.judge import says

ENTRIES = ("entry", "item", "row")
HEADINGS = ("title", "section", "entry", "part")
WORDS = ("merge", "cache", "fence", "token", "parser", "harvest", "clone", "review", "latency", "session")
AGENTS = (
    "Tech Lead",
    "Debugger",
    "Governance Monitor",
    "Report Processor",
    "Test Specialist",
    "DevOps Engineer",
)
NASTY = (
    "", "", " ", "# A", "## B", "## 2025-01-0{}", "### TD_00{} x", "- item {}", "  - sub {}", "* star {}",
    "1. one {}", "2. two", "   more", "```", "````", "~~~", "```py", "    code {}", "| A | B |",
    "|---|---|", "| {} | x |", "| {} |", "> quote {}", "---", "***", "===", "<!-- {}", "-->", "<!-- x -->",
    "<details>", "</details>", "**Status**: {}", "**Last Updated**: 2025-01-0{}", "- **Overall**: {}",
    "plain {}", "- [ ] task {}", "- [x] task {}", "+ plus", "\t- tab", "<<<<<<< ours", "=======",
    ">>>>>>> theirs", "text\r", "\ufeff# bom", "key: {}", "12) twelve", "-", "-\tx", "\\", "&", "[a]: b",
    "#", "######", "a | b", "- | -", "  ```", "- ```", "> ```", "\x0b", "\x0c# page", "\u2028", "\x85",
    "é{}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a bank: its own lines, and the units that it holds."""

    uid: str
    kind: str
    lines: tuple[str, ...]
    kids: tuple[Unit, ...] = ()

    def walk(self, *above: Unit) -> Iterator[tuple[Unit, tuple[Unit, ...]]]:
        """Every unit below and including this one, with those that hold it, outermost first."""
        yield self, above
        for kid in self.kids:
            yield from kid.walk(*above, self)

    @property
    def said(self) -> tuple[object, ...]:
        """What the unit and all it holds say; padding is no part of it."""
        return (*(says(x.encode()) for x in self.lines), *(kid.said for kid in self.kids))


class Mint:
    """Tokens that nobody else uses."""

    def __init__(self, name: str) -> None:
        self.name, self.count = name, 0

    def uid(self) -> str:
        self.count += 1
        return f"{self.name}{self.count}"

    def phrase(self) -> str:
        uid = self.uid()
        return f"{WORDS[self.count * 7 % len(WORDS)]} {WORDS[self.count * 3 % len(WORDS)]} {uid}z"

    def stamp(self) -> str:
        """A date and time of day; each side has its own minutes."""
        self.count += 1
        minute = "oabcdefg".index(self.name) * 7 + self.count % 7
        return f"2025-{self.count % 12 + 1:02}-{self.count * 5 % 28 + 1:02} {self.count % 24:02}:{minute:02}"


def item(mint: Mint, form: int = 0, kids: tuple[Unit, ...] = ()) -> Unit:
    mark = ("- ", "- [ ] ", "* ", "- **Lesson**: ", "- [x] ", "1. ")[form % 6]
    lines: tuple[str, ...] = (mark + mint.phrase(),)
    if form % 11 == 7:
        lines += ("  " + mint.phrase(),)
    return Unit(mint.uid(), "item", lines, kids)


def para(mint: Mint, lines: int = 1) -> Unit:
    return Unit(mint.uid(), "para", tuple(mint.phrase().capitalize() for _ in range(lines)))


def code(mint: Mint, form: int = 0) -> Unit:
    mark = ("```", "~~~", "````")[form % 3]
    hidden = ("## not a heading " if form % 2 else "- not an item ") + mint.uid() + "z"
    return Unit(mint.uid(), "code", (f"{mark}sh", mint.phrase(), hidden, mark))


def row(mint: Mint, width: int, first: str = "") -> Unit:
    cells = [first or mint.phrase(), *(mint.phrase() for _ in range(width - 1))]
    return Unit(mint.uid(), "row", (f"| {' | '.join(cells)} |",))


def table(mint: Mint, rows: int, form: int = 0) -> Unit:
    heads = (("Agent Role", "Status", "Last Update"), ("Date", "Change"), ("Agent", "File", "Started"))[
        form % 3
    ]
    dashes = " | ".join("-" * max(3, len(h)) for h in heads)
    kids = tuple(
        row(mint, len(heads), AGENTS[i] if form % 3 == 0 and i < len(AGENTS) else "") for i in range(rows)
    )
    return Unit(mint.uid(), "table", (f"| {' | '.join(heads)} |", f"| {dashes} |"), kids)


def entry(mint: Mint, form: int = 0, level: int = 2) -> Unit:
    """A dated or id heading and what a session writes under it."""
    mark = "#" * level
    uid, name = mint.uid(), mint.phrase()
    head = (f"{mark} [{mint.stamp()}] {name}", f"{mark} {mint.stamp()} - {name}",
            f"{mark} TD_{sum(uid.encode())}{mint.count:03}: {name}")[form % 3]  # fmt: skip
    kids = [Unit(mint.uid(), "field", (f"**Status**: {mint.phrase()}",))] if form % 2 else []
    kids += [para(mint, 1 + form % 3)] if form % 4 == 0 else []
    kids += [item(mint, form + i) if i else item(mint, form) for i in range(form % 3)]
    kids += [code(mint, form)] if form % 5 == 1 else []
    return Unit(uid, "entry", (head,), tuple(kids) or (para(mint),))


def section(mint: Mint, form: int, size: int) -> Unit:
    """A heading over entries of one sort."""
    kids: list[Unit] = []
    if form == 0:
        kids = [item(mint, i * 4 % 5) for i in range(size)]
    elif form == 1:
        kids = [table(mint, size, size)]
    elif form == 2:
        kids = [entry(mint, i + size, 3) for i in range(size)]
    elif form == 3:
        kids = [para(mint, 1 + size % 3), *(item(mint, 1) for _ in range(size))]
    elif form == 4:
        nested = tuple(item(mint, 0) for _ in range(size))
        kids = [item(mint, 0, nested), item(mint, 0)]
    elif form == 5:
        kids = [para(mint), code(mint, size)]
    elif form == 6:
        kids = [
            Unit(mint.uid(), "quote", (f"> {mint.phrase()}",)),
            Unit(mint.uid(), "comment", (f"<!-- {mint.phrase()} -->",)),
        ]
    else:
        kids = [para(mint), *(item(mint, 5) for _ in range(size))]
    return Unit(mint.uid(), "section", (f"## {mint.phrase().title()}",), tuple(kids))


@st.composite
def banks(draw: st.DrawFn, entries_only: bool = False) -> Unit:
    """A memory bank's file, as the specification's templates have them."""
    mint = Mint("o")
    kids: list[Unit] = []
    if draw(st.booleans()):
        kids.append(Unit(mint.uid(), "field", (f"**Last Updated**: {mint.stamp()}",)))
    if draw(st.booleans()):
        kids.append(para(mint, draw(st.integers(1, 3))))
    for form, size in draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), max_size=5)):
        kids.append(section(mint, 2 if entries_only else form, size))
    if draw(st.booleans()):
        kids += [entry(mint, form) for form in draw(st.lists(st.integers(0, 11), max_size=5))]
    title = Unit(mint.uid(), "title", (f"# {mint.phrase().title()}",), tuple(kids))
    front = Unit(mint.uid(), "front", ("---", f"title: {mint.phrase()}", f"owner: {mint.phrase()}", "---"))
    return Unit("root", "root", (), (front, title) if draw(st.integers(0, 4)) == 4 else (title,))


Edit = tuple[str, int, int]
"""What is done, to which of the units that it can be done to, and a number for the details."""

OPS = (
    "append", "append", "append", "prepend", "insert", "add", "delete", "delete", "delete section", "edit",
    "edit", "tick", "move", "nest", "cell", "column", "pad", "retitle", "purge", "archive", "new section",
    "field", "fence",
)  # fmt: skip
ADDING = ("add entry",)
PAGE_OPS = (
    "append", "insert", "add", "add entry", "delete", "edit", "edit", "tick", "nest", "cell", "archive", "new section",
    "carry", "carry", "carry", "status", "status", "bullets", "align", "rewrap", "rewrap",
)  # fmt: skip
"""What people and formatters do to pages: they carry entries under other headings, and reformat."""
STATUSES = ("", " ✅", " 🔄", " (done)", " - In Progress")


def edits(ops: tuple[str, ...] = OPS, most: int = 5) -> st.SearchStrategy[list[Edit]]:
    return st.lists(st.tuples(st.sampled_from(ops), st.integers(0, 40), st.integers(0, 12)), max_size=most)


def edited(tree: Unit, todo: list[Edit], name: str) -> Unit:
    """The tree after some edits; `name` keeps one side's tokens apart from another's."""
    mint = Mint(name)
    for op, which, how in todo:
        if op == "carry":
            tree = _carried(tree, which, how)
            continue
        fit, act = _ACTS[op]
        choice = [unit for unit, _ in tree.walk() if fit(unit)]
        if choice:
            tree = _rebuilt(tree, choice[which % len(choice)].uid, lambda u, a=act, h=how: a(u, h, mint))  # type: ignore[misc]
    return tree


def _rebuilt(tree: Unit, uid: str, act: Callable[[Unit], tuple[Unit, ...]]) -> Unit:
    kids: list[Unit] = []
    for kid in tree.kids:
        kids += act(kid) if kid.uid == uid else (_rebuilt(kid, uid, act),)
    return replace(tree, kids=tuple(kids))


def _carried(tree: Unit, which: int, how: int) -> Unit:
    """An entry goes under another heading, as a task does that was begun, or a decision that was taken."""
    holders = [unit for unit, _ in tree.walk() if unit.kind == "section"]
    pairs = [
        (kid, target) for source in holders for kid in source.kids for target in holders
        if target is not source and kid.kind in ("item", "entry") and _sort(target) == kid.kind
    ]  # fmt: skip
    if not pairs:
        return tree
    kid, target = pairs[(which * 7 + how) % len(pairs)]
    tree = _rebuilt(tree, kid.uid, lambda _: ())
    places = _where(target, how)
    at = places[how % len(places)]
    return _rebuilt(tree, target.uid, lambda u: (replace(u, kids=(*u.kids[:at], kid, *u.kids[at:])),))


def _restated(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    """A heading with another status, or without one."""
    head = unit.lines[0]
    for status in STATUSES[1:]:
        head = head.removesuffix(status)
    return (replace(unit, lines=(head + STATUSES[how % len(STATUSES)], *unit.lines[1:])),)


def _bulleted(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    """All items of a list with another bullet."""
    bullet = "-*+"[how % 3]

    def of(kid: Unit) -> Unit:
        if kid.kind != "item" or kid.lines[0][0] not in "-*+":
            return kid
        return replace(kid, lines=(bullet + kid.lines[0][1:], *kid.lines[1:]), kids=tuple(map(of, kid.kids)))

    return (replace(unit, kids=tuple(map(of, unit.kids))),)


def _aligned(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    """A table with columns of one width each."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for u in (unit, *unit.kids) for line in u.lines]
    width = [max(len(row[at]) for row in rows if at < len(row)) + how % 2 for at in range(max(map(len, rows)))]

    def line(row: list[str]) -> str:
        fill = ["-" * w if set(c) == {"-"} else c.ljust(w) for c, w in zip(row, width, strict=False)]
        return f"| {' | '.join(fill)} |"

    kids = tuple(replace(kid, lines=(line(row),)) for kid, row in zip(unit.kids, rows[2:], strict=True))
    return (replace(unit, lines=(line(rows[0]), line(rows[1])), kids=kids),)


def _rewrapped(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    """A paragraph that breaks its lines elsewhere."""
    words = " ".join(unit.lines).split()
    at = 1 + how % max(1, len(words) - 1)
    lines = (" ".join(words),) if len(unit.lines) > 1 else (" ".join(words[:at]), " ".join(words[at:]))
    return (replace(unit, lines=tuple(filter(None, lines))),)


def _sort(unit: Unit) -> str:
    """What stands in a container: the kind of its last entry."""
    kinds = [kid.kind for kid in unit.kids if kid.kind in (*ENTRIES, "table")]
    return kinds[-1] if kinds else "item"


def _another(unit: Unit, how: int, mint: Mint) -> Unit:
    """One more of what a container holds."""
    if unit.kind == "table":
        return row(mint, unit.lines[0].count("|") - 1)
    if _sort(unit) == "entry":
        return entry(mint, how, next(k.lines[0].index(" ") for k in unit.kids if k.kind == "entry"))
    if _sort(unit) == "item":
        like = next((k.lines[0] for k in unit.kids if k.kind == "item"), "- ")
        return item(mint, 5 if like[0].isdigit() else 2 if like[0] == "*" else (0, 1, 3)[how % 3])
    return para(mint)


def _where(unit: Unit, how: int) -> list[int]:
    """The places among a container's kids where one more of its sort may stand."""
    kinds = ("row",) if unit.kind == "table" else (_sort(unit),)
    at = [i for i, kid in enumerate(unit.kids) if kid.kind in kinds]
    blocks = [i for i, kid in enumerate(unit.kids) if kid.kind in ("section", "entry")]
    return [*at, at[-1] + 1] if at else [*blocks, len(unit.kids)][:1]


def _grow(unit: Unit, how: int, mint: Mint, place: int | None) -> tuple[Unit, ...]:
    places = _where(unit, how)
    at = places[how % len(places) if place is None else place]
    return (replace(unit, kids=(*unit.kids[:at], _another(unit, how, mint), *unit.kids[at:])),)


def _reworded(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    """One line says something else; what makes it a heading, an item or a fence stays."""
    first = 1 if unit.kind in ("code", "front") else 0
    last = len(unit.lines) - first
    at = first + how % max(1, last - first)
    line = unit.lines[at]
    if unit.kind == "row":
        cells = line[2:-2].split(" | ")
        cells[1 + how % (len(cells) - 1)] = mint.phrase()
        line = f"| {' | '.join(cells)} |"
    elif unit.kind == "comment":
        line = line.replace(" -->", f" {mint.uid()}z -->")
    elif unit.kind == "field" and "Last Updated" in line:
        line = f"**Last Updated**: {mint.stamp()}"
    else:
        line = f"{line} {mint.uid()}z"
    return (replace(unit, lines=(*unit.lines[:at], line, *unit.lines[at + 1 :])),)


def _ticked(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    box = unit.lines[0]
    box = box.replace("[ ]", "[x]", 1) if "[ ]" in box else box.replace("[x]", "[ ]", 1)
    return (replace(unit, lines=(box, *unit.lines[1:])),)


def _shuffled(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    """One entry moves to the front or the end of its like."""
    places = _where(unit, how)[:-1]
    kids = list(unit.kids)
    kid = kids.pop(places[how % len(places)])
    kids.insert(places[0] if how % 2 else places[-1], kid)
    return (replace(unit, kids=tuple(kids)),)


def _widened(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    head, dashes = unit.lines
    cells = [f"{mint.phrase()} |" if how % 2 else " |"] * len(unit.kids)
    kids = (
        replace(k, lines=(f"{k.lines[0]} {c.strip() if c != ' |' else c}",))
        for k, c in zip(unit.kids, cells, strict=True)
    )
    return (replace(unit, lines=(f"{head} {mint.uid()}z |", f"{dashes} --- |"), kids=tuple(kids)),)


def _padded(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    def pad(line: str) -> str:
        return (
            line.replace(" |", " " * (1 + how % 4) + " |")
            if not line.startswith("| -")
            else line.replace("---", "----")
        )

    kids = (replace(kid, lines=tuple(map(pad, kid.lines))) for kid in unit.kids)
    return (replace(unit, lines=tuple(map(pad, unit.lines)), kids=tuple(kids)),)


def _purged(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    return (replace(unit, kids=tuple(kid for kid in unit.kids if kid.kind not in ENTRIES)),)


def _archived(unit: Unit, how: int, mint: Mint) -> tuple[Unit, ...]:
    old = [kid for kid in unit.kids if kid.kind in ENTRIES]
    gone = {kid.uid for kid in (old[: len(old) // 2] if how % 2 else old[len(old) // 2 :])}
    return (replace(unit, kids=tuple(kid for kid in unit.kids if kid.uid not in gone)),)


def _holds(*kinds: str, least: int = 1) -> Callable[[Unit], bool]:
    return lambda u: sum(kid.kind in kinds for kid in u.kids) >= least


def _is(*kinds: str) -> Callable[[Unit], bool]:
    return lambda u: u.kind in kinds


def _grows(unit: Unit) -> bool:
    return unit.kind == "table" or (unit.kind in ("section", "title") and _sort(unit) in ENTRIES)


def _open_ended(unit: Unit) -> bool:
    """Whether what is added at the end stands under the unit's own heading."""
    return unit.kind == "entry" or (unit.kind == "section" and not any(k.kind == "entry" for k in unit.kids))


_Act = Callable[[Unit, int, Mint], tuple[Unit, ...]]
_ACTS: dict[str, tuple[Callable[[Unit], bool], _Act]] = {
    "append": (_grows, lambda u, h, m: _grow(u, h, m, -1)),
    "prepend": (_grows, lambda u, h, m: _grow(u, h, m, 0)),
    "insert": (_grows, lambda u, h, m: _grow(u, h, m, None)),
    "add": (_open_ended, lambda u, h, m: (replace(u, kids=(*u.kids, para(m))),)),
    "add entry": (
        lambda u: u.kind == "title" or (u.kind == "section" and _sort(u) == "entry"),
        lambda u, h, m: (replace(u, kids=(*u.kids, entry(m, h % 2, 3 if u.kind == "section" else 2))),),
    ),
    "delete": (_is(*ENTRIES, "para", "field", "quote", "code", "comment"), lambda u, h, m: ()),
    "delete section": (_is("section"), lambda u, h, m: ()),
    "edit": (_is(*ENTRIES, "para", "field", "quote", "code", "comment"), _reworded),
    "tick": (lambda u: u.kind == "item" and u.lines[0][2:3] == "[", _ticked),
    "move": (_holds(*ENTRIES, least=2), _shuffled),
    "nest": (_is("item"), lambda u, h, m: (replace(u, kids=(*u.kids, item(m))),)),
    "cell": (_is("row"), _reworded),
    "column": (_is("table"), _widened),
    "pad": (_is("table"), _padded),
    "retitle": (_is("section", "title"), _reworded),
    "purge": (_holds(*ENTRIES), _purged),
    "archive": (_holds(*ENTRIES, least=2), _archived),
    "new section": (_is("section"), lambda u, h, m: (u, section(m, h % 8, h % 3))),
    "field": (_is("field", "front"), _reworded),
    "status": (_is("section", "entry"), _restated),
    "bullets": (lambda u: u.kind == "section" and any(k.kind == "item" for k in u.kids), _bulleted),
    "align": (_is("table"), _aligned),
    "rewrap": (_is("para"), _rewrapped),
    "fence": (_open_ended, lambda u, h, m: (replace(u, kids=(*u.kids, code(m, h))),)),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a side's editor writes files."""

    crlf: bool = False
    last_newline: bool = True
    bom: bool = False


PLAIN = Style()
STYLES = st.builds(
    Style, st.sampled_from((False, False, False, True)), st.sampled_from((True, True, True, False))
)


def rendered(tree: Unit, style: Style = PLAIN) -> bytes:
    """The file that a tree stands for: one blank line wherever Markdown or custom wants one."""
    lines: list[str] = []
    _lay(tree, 0, lines)
    text = "\n".join(lines) + "\n" * style.last_newline
    return (text.replace("\n", "\r\n") if style.crlf else text).encode()


def _lay(unit: Unit, depth: int, lines: list[str]) -> None:
    before = ""
    for kid in unit.kids:
        tight = kid.kind == before and kid.kind in ("item", "row", "field")
        if lines and not tight and kid.kind != "row" and not (unit.kind == "item" and kid.kind == "item"):
            lines.append("")
        lines += ["  " * depth + line for line in kid.lines]
        _lay(kid, depth + (kid.kind == "item"), lines)
        before = kid.kind


@dataclass(frozen=True, slots=True)
class Sides:
    """One base and what two sides made of it; what `common` did, both did."""

    base: Unit
    ours: Unit
    theirs: Unit
    styles: tuple[Style, Style, Style] = (PLAIN, PLAIN, PLAIN)

    @property
    def texts(self) -> tuple[bytes, bytes, bytes]:
        trees = (self.base, self.ours, self.theirs)
        base, ours, theirs = (rendered(t, s) for t, s in zip(trees, self.styles, strict=True))
        return base, ours, theirs


@st.composite
def sides(draw: st.DrawFn, ops: tuple[str, ...] = OPS, styled: bool = True) -> Sides:
    base = draw(banks())
    common = draw(edits(ops, 2))
    grown = edited(base, common, "c")
    ours, theirs = edited(grown, draw(edits(ops)), "a"), edited(grown, draw(edits(ops)), "b")
    style = draw(STYLES) if styled else PLAIN
    styles = (
        style,
        draw(st.just(style) | STYLES) if styled else PLAIN,
        draw(st.just(style)) if styled else PLAIN,
    )
    return Sides(base, ours, theirs, styles)


@st.composite
def squashes(draw: st.DrawFn) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """A base with the branch's commits up to a squash merge; then those of the branch, and of main, where it landed."""
    base = draw(banks())
    shared = _steps(base, draw(edits(PAGE_OPS, 3)), "c")
    ours, theirs = (_steps(shared[-1], draw(edits(PAGE_OPS, 3)), name) for name in "ab")
    return shared, ours, theirs


def _steps(tree: Unit, todo: list[Edit], name: str) -> list[Unit]:
    """A tree, and what each of some edits makes of it."""
    found = [tree]
    for count in range(len(todo)):
        found.append(edited(tree, todo[: count + 1], name))
    return found


def raw_lines() -> st.SearchStrategy[bytes]:
    """Documents from a small alphabet of what is hard about Markdown."""
    line = st.builds(lambda form, n: form.replace("{}", str(n)), st.sampled_from(NASTY), st.integers(1, 4))
    ends = st.sampled_from(("\n", "\n", "\n", "\r\n"))
    lines = st.lists(line, max_size=12)
    return st.builds(
        lambda rows, end, last: (end.join(rows) + end * last).encode(), lines, ends, st.booleans()
    )


@st.composite
def raw_triples(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """Three raw texts: unrelated ones, or two edits of one by lines."""
    base = draw(raw_lines())
    if draw(st.integers(0, 3)) == 0:
        return base, draw(raw_lines()), draw(raw_lines())
    return base, draw(_respun(base)), draw(_respun(base))


@st.composite
def _respun(draw: st.DrawFn, base: bytes) -> bytes:
    """A text with some runs of lines taken out or replaced."""
    lines = base.split(b"\n")
    for _ in range(draw(st.integers(0, 3))):
        at, size = draw(st.integers(0, len(lines))), draw(st.integers(0, 2))
        lines[at : at + size] = draw(raw_lines()).split(b"\n")[: draw(st.integers(0, 4))]
    return b"\n".join(lines)


def raw_bytes() -> st.SearchStrategy[bytes]:
    """Any bytes but NUL, short; with a liking for line ends and marks."""
    mark = st.sampled_from(
        (b"\n", b"\r\n", b"\r", b"- ", b"# ", b"```", b"|", b"\xef\xbb\xbf", b"\xff", b"\xc3", b" ", b"1.")
    )
    other = st.binary(max_size=4).map(lambda x: x.replace(b"\0", b""))
    return st.lists(mark | other, max_size=16).map(b"".join)
