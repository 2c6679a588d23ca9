"""Adds rows to tables, in the table's own style."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mbgit.bank.inline import decoded, without_markup
from mbgit.engine.blocks import Node
from mbgit.engine.document import Section, cut
from mbgit.engine.lines import cells
from mbgit.proposals.harvest.closed import text_rows
from mbgit.proposals.harvest.cutting import written
from mbgit.words import clean, columns

WIDEST = 80  # columns that a cell is padded to


class Table(NamedTuple):
    """A table of a document."""

    node: Node

    @property
    def names(self) -> list[str]:
        """Its columns' names, as they are compared."""
        return [without_markup(decoded(cell)).casefold() for cell in cells(self.node.head[0])]

    @property
    def cells(self) -> list[list[bytes]]:
        return [cells(row.head[0]) for row in self.node.kids]


def tables(section: Section) -> Iterator[Table]:
    """The tables right below a heading."""
    yield from (Table(node) for node in section.blocks if node.kind == "table")


def with_row(data: bytes, table: Table, values: Mapping[str, str], *, top: bool) -> bytes:
    """A document with one more row in one of its tables, in front of its rows or behind them.

    A column that `values` does not name gets a dash. Padding and outer bars are those of the table's second line.
    """
    node = table.node
    rows = text_rows(data)
    last = node.kids[-1].line + 1 if node.kids else node.line + len(node.head)
    at = node.line + len(node.head) if top else last
    rows.insert(at, _row([_cell(values.get(name, "-")) for name in table.names], node.head[1]).encode())
    return written(cut(data), rows)


def _cell(text: str) -> str:
    """A text in one line that ends no cell."""
    return clean(text).replace("\\", "\\\\").replace("|", "\\|") or "-"


def _row(values: list[str], line: bytes) -> str:
    text = line.decode(errors="replace")
    rule = text.strip()
    parts = rule.strip("|").split("|")
    tight = 0 if rule.strip("|").startswith(" ") else 2  # `|------|`: the dashes fill the whole cell
    widths = [min(len(part.strip()) - tight, WIDEST) for part in parts]
    padded = [value + " " * (width - columns(value)) for value, width in zip(values, widths, strict=False)]
    front, behind = "| " if rule.startswith("|") else "", " |" if rule.endswith("|") else ""
    return text[: len(text) - len(text.lstrip())] + front + " | ".join(padded) + behind
