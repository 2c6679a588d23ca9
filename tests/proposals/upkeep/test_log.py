from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.engine.stamps import stamp
from mbgit.engine.threeway import merge3
from mbgit.proposals.harvest.placing import Buffer
from mbgit.proposals.upkeep.bank import Bank
from mbgit.proposals.upkeep.log import CAP, Key, job, keys, last_day, said
from tests.engine import strategies as banks
from tests.engine.strategies import rendered
from tests.proposals.harvest.test_laws import Tree, laws, shown

LOG = "bank/SESSION_LOG.md"
TODAY = date(2025, 10, 9)


def bank(files: Mapping[str, bytes], today: date = TODAY) -> Bank:
    return Bank(files, ["bank"], int(datetime(today.year, today.month, today.day, 12, tzinfo=UTC).timestamp()))


def rolled(files: Mapping[str, bytes], today: date = TODAY) -> Tree:
    """The files after a roll."""
    found = job(bank(files, today))
    after = dict(files)
    for path, data in (found.edits if found else {}).items():
        assert data is not None
        after[path] = data
    return after


def texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: data.decode() for path, data in files.items()}


def archive(month: str) -> str:
    return f"bank/archive/SESSION_LOG-{month}.md"


def session(day: str, said: str = "worked", size: int = 0) -> str:
    return f"## {day} 10:00 - Ada\n\n- {said} on {day}{' x' * size}\n"


def log(*days: str, size: int = 0) -> bytes:
    return "\n".join(["# Session Log\n\nNewest last.\n", *(session(day, size=size) for day in days)]).encode()


# --- what rolls ---------------------------------------------------------------------------------------------------


def test_old_entries_go_to_the_archive_of_their_month() -> None:
    files = {LOG: log("2025-07-30", "2025-08-02", "2025-08-20", "2025-10-01")}
    assert texts(rolled(files)) == {
        LOG: "# Session Log\n\nNewest last.\n\n" + session("2025-10-01"),
        archive("2025-07"): "# Session Log 2025-07\n\n" + session("2025-07-30"),
        archive("2025-08"): "# Session Log 2025-08\n\n" + session("2025-08-02") + "\n" + session("2025-08-20"),
    }


def test_a_log_that_runs_downwards_rolls_into_one_that_runs_upwards() -> None:
    after = rolled({LOG: log("2025-10-01", "2025-08-20", "2025-08-02")})
    assert after[LOG] == log("2025-10-01")
    assert after[archive("2025-08")].decode().index("08-02") < after[archive("2025-08")].decode().index("08-20")


def test_nothing_rolls_before_its_time() -> None:
    young = TODAY - timedelta(days=30)
    assert job(bank({LOG: log(young.isoformat(), "2025-10-01")})) is None
    assert job(bank({LOG: log((young - timedelta(days=1)).isoformat(), "2025-10-01")})) is not None


def test_a_roll_leaves_room() -> None:
    """What is over 80 % of the age goes along, so that the next day has no roll of its own."""
    days = [(TODAY - timedelta(days=age)).isoformat() for age in (31, 25, 24, 3)]
    assert rolled({LOG: log(*days)})[LOG] == log(*days[2:])


def test_a_log_over_the_cap_goes_down_to_four_fifths_of_it() -> None:
    days = [(TODAY - timedelta(days=age)).isoformat() for age in range(20, -1, -1)]
    files = {LOG: log(*days, size=1_500)}
    assert len(files[LOG]) > CAP
    after = rolled(files)
    assert 60 * CAP < len(after[LOG]) * 100 <= 80 * CAP
    assert after[LOG].endswith(session(days[-1], size=1_500).encode())
    assert job(bank(after)) is None


def test_today_and_yesterday_stay_however_large_they_are() -> None:
    days = [(TODAY - timedelta(days=age)).isoformat() for age in (3, 1, 0)]
    after = rolled({LOG: log(*days, size=30_000)})
    assert after[LOG] == log(*days[1:], size=30_000)


def test_an_archive_is_extended_in_order_and_without_doubling() -> None:
    august = archive("2025-08")
    held = b"# August\n\nOurs.\n\n" + (session("2025-08-05") + "\n" + session("2025-08-20")).encode()
    after = rolled({LOG: log("2025-08-02", "2025-08-05", "2025-08-10", "2025-10-01"), august: held})
    assert after[LOG] == log("2025-10-01")
    wanted = [session(f"2025-08-{day}") for day in ("02", "05", "10", "20")]
    assert after[august].decode() == "# August\n\nOurs.\n\n" + "\n".join(wanted)


def test_what_the_archive_has_already_is_only_taken_out() -> None:
    held = b"# Session Log 2025-08\n\n" + session("2025-08-05").encode()
    found = job(bank({LOG: log("2025-08-05", "2025-10-01"), archive("2025-08"): held}))
    assert found is not None
    assert found.edits == {LOG: log("2025-10-01")}


@pytest.mark.parametrize(
    ("was", "now"), [("- a\n", "- a\n- b\n"), ("- a\n- b\n- c\n", "- a\n- b\n- d\n"), ("- a\n- b\n", "- a\n")]
)
def test_an_entry_that_was_edited_after_it_had_been_rolled_joins_what_the_archive_has(was: str, now: str) -> None:
    head = "## 2025-08-05 10:00 - Ada\n\n"
    held = f"# Session Log 2025-08\n\n{head}{was}".encode()
    after = rolled({LOG: log("2025-10-01") + f"\n{head}{now}".encode(), archive("2025-08"): held})
    assert after[LOG] == log("2025-10-01")
    lines = after[archive("2025-08")].decode().split("\n")
    assert sorted(line for line in lines if line[:1] == "-") == sorted({*was.split("\n"), *now.split("\n")} - {""})


def test_an_entry_without_a_day_stays() -> None:
    undated = "- somebody did something\n\n"
    data = b"# Session Log (since 2025-01-01)\n\n" + undated.encode() + log("2025-08-05").partition(b"\n\n")[2]
    after = rolled({LOG: data})
    assert undated in after[LOG].decode()
    assert b"2025-08-05" not in after[LOG]


def test_sessions_below_a_day_keep_their_day() -> None:
    sessions = "### 10:00 - Ada\n\n- stand-up\n"
    data = f"# Session Log\n\n## 2025-08-05\n\n{sessions}\n## 2025-08-06\n\n{sessions}\n{session('2025-10-01')}"
    after = rolled({LOG: data.encode()})
    assert after[LOG].decode() == f"# Session Log\n\n{session('2025-10-01')}"
    whole = f"# Session Log 2025-08\n\n## 2025-08-05\n\n{sessions}\n## 2025-08-06\n\n{sessions}"
    assert after[archive("2025-08")].decode() == whole


def test_prose_below_a_day_goes_too() -> None:
    data = "# Log\n\n## 2025-08-05 Sprint\n\nGoal: ship.\n\n### 10:00 - Ada\n\n- built\n\n" + session("2025-10-01")
    after = rolled({LOG: data.encode()})
    assert after[LOG].decode() == "# Log\n\n" + session("2025-10-01")
    assert all(said in after[archive("2025-08")] for said in (b"Goal: ship.", b"- built"))


def test_a_month_s_heading_is_as_old_as_its_last_day() -> None:
    data = b"# Log\n\n## 2025-09\n\n- something in September\n"
    assert job(bank({LOG: data}, date(2025, 10, 30))) is None
    assert rolled({LOG: data}, date(2025, 10, 31))[archive("2025-09")].endswith(b"something in September\n")


def test_rows_take_the_head_of_their_table_along() -> None:
    head = "| Date | Did |\n| --- | --- |\n"
    after = rolled({LOG: f"# Log\n\n{head}| 2025-08-05 | built |\n| 2025-10-01 | shipped |\n".encode()})
    assert after[LOG].decode() == f"# Log\n\n{head}| 2025-10-01 | shipped |\n"
    assert after[archive("2025-08")].decode() == f"# Session Log 2025-08\n\n{head}| 2025-08-05 | built |\n"


@pytest.mark.parametrize("open_end", ["```\ncode", "<!-- comment", "<details>"])
def test_an_entry_with_an_open_end_stays(open_end: str) -> None:
    data = log("2025-08-05", "2025-08-06") + f"\n{open_end}\n".encode()
    assert b"2025-08-06" in rolled({LOG: data})[LOG]


@pytest.mark.parametrize("name", ["bank/archive", archive("2025-08") + "/x.md"])
def test_an_archive_that_cannot_be_written_keeps_the_log(name: str) -> None:
    assert job(bank({LOG: log("2025-08-05"), name: b"x"})) is None


@pytest.mark.parametrize("held", [b"\0", b"# A\n\n```\nopen\n"])
def test_an_archive_that_cannot_be_extended_keeps_the_log(held: bytes) -> None:
    assert job(bank({LOG: log("2025-08-05"), archive("2025-08"): held})) is None


def test_line_ends_stay() -> None:
    data = b"\xef\xbb\xbf" + log("2025-08-05", "2025-10-01").replace(b"\n", b"\r\n")
    assert rolled({LOG: data})[LOG] == b"\xef\xbb\xbf" + log("2025-10-01").replace(b"\n", b"\r\n")


def test_each_bank_has_its_own_archive() -> None:
    files = {"SESSION_LOG.md": log("2025-08-05"), "b/SESSION_LOG.md": log("2025-08-05")}
    found = job(bank(files)._replace(banks=[".", "b"]))
    assert found is not None
    assert set(found.edits) == {*files, "archive/SESSION_LOG-2025-08.md", "b/archive/SESSION_LOG-2025-08.md"}


def test_the_message_quotes_what_moved() -> None:
    found = job(bank({LOG: log(*(f"2025-08-{day:02}" for day in range(1, 25)), "2025-08-30 \x1b[31mred")}))
    assert found is not None
    assert found.name == "log"
    lines = found.message.split("\n")
    assert lines[:3] == ["Roll SESSION_LOG.md: 25 entries into the archive", "", f"25 entries to {archive('2025-08')}:"]
    assert lines[4] == '- "2025-08-01 10:00 - Ada"'
    assert len(lines) == 4 + 25 + 1
    assert "\x1b" not in found.message


@pytest.mark.parametrize(
    ("stamp", "day"),
    [(b"20250821", date(2025, 8, 21)), (b"202508211030", date(2025, 8, 21)), (b"202502", date(2025, 2, 28)),
     (b"20250231", None), (b"202512", date(2025, 12, 31))],
)  # fmt: skip
def test_the_last_day_of_a_stamp(stamp: bytes, day: date | None) -> None:
    assert last_day(stamp) == day


# --- laws ---------------------------------------------------------------------------------------------------------


def held(files: Mapping[str, bytes]) -> Counter[Key]:
    """All entries over log and archives."""
    return sum((keys(Buffer(data)) for data in files.values()), Counter())


def merged(base: Tree, ours: Tree, theirs: Tree) -> Tree:
    """What git makes of two trees with the log driver; a file that one side lacks is the other's."""
    out = {}
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        old, one, other = (tree.get(path, b"") for tree in (base, ours, theirs))
        both = [merge3(old, *sides, policy="log", name=path).text for sides in ((one, other), (other, one))]
        assert both[0] == both[1]
        out[path] = both[0]
    return out


@st.composite
def logs(draw: st.DrawFn, name: str = "o", most: int = 9) -> bytes:
    """A session log of some days around the age, upwards or downwards, flat or below days."""
    ages = sorted(draw(st.lists(st.integers(0, 90), max_size=most)), reverse=not draw(st.booleans()))
    below = draw(st.booleans())
    out = ["# Session Log", "", "The preface.", ""]
    before = ""
    for number, age in enumerate(ages):
        day = (TODAY - timedelta(days=age)).isoformat()
        if below and day != before:
            out += [f"## {day}", ""]
        out += [f"### {number % 24:02}:{number:02} - Ada" if below else f"## {day} {number:02}:30 - Ada", ""]
        out += [f"- did {name}{number} of {day}", "", *["More."] * draw(st.integers(0, 1)), ""]
        before = day
    return "\n".join(out).encode()


any_log = logs() | banks.raw_lines() | st.builds(rendered, banks.banks(), banks.STYLES)
days = st.integers(-200, 200).map(lambda n: TODAY + timedelta(days=n))


@laws(50)
@given(any_log, st.none() | any_log, days)
def test_every_entry_once(data: bytes, old: bytes | None, today: date) -> None:
    """Over log and archives, whatever is there and whenever it rolls: nothing lost, and nothing doubled."""
    files = {LOG: data} | ({archive(f"{today.year}-0{today.month % 9 + 1}"): old} if old is not None else {})
    after = rolled(files, today)
    before, now = held(files), held(after)
    assert set(before) <= set(now), shown(files, after)
    assert now <= before, shown(files, after)


@laws(33)
@given(any_log, days)
def test_title_and_preface_stay(data: bytes, today: date) -> None:
    after = rolled({LOG: data}, today)
    lines = Counter(data.replace(b"\r", b"").split(b"\n"))
    everywhere = sum((Counter(text.replace(b"\r", b"").split(b"\n")) for text in after.values()), Counter[bytes]())
    assert all(everywhere[line] >= 1 for line in lines if line.strip()), shown({LOG: data}, after)
    first = min((entry.line for entry in entries(data)), default=1) - 1
    above = [line.rstrip(b"\r") for line in data.split(b"\n")[:first]]
    kept = [line.rstrip(b"\r") for line in after[LOG].split(b"\n")]
    prose = [line for line in above if line.strip() and not stamp(line)]
    assert [line for line in kept if line in prose][: len(prose)] == prose, shown({LOG: data}, after)


@laws(33)
@given(any_log, days)
def test_again_rolls_nothing(data: bytes, today: date) -> None:
    once = rolled({LOG: data}, today)
    assert rolled(once, today) == once, shown({LOG: data}, once)


@laws(33)
@given(logs(), logs("a", 3), st.booleans())
def test_the_other_side_appends(data: bytes, more: bytes, top: bool) -> None:
    """Nothing lost, nothing doubled, and nothing that rolled is back."""
    added = more.partition(b"preface.\n\n")[2].strip(b"\n")
    preface, _, rest = data.partition(b"preface.\n\n")
    parts = (added, rest) if top else (rest.rstrip(b"\n"), added)
    theirs = {LOG: preface + b"preface.\n\n" + b"\n\n".join(part for part in parts if part) + b"\n"}
    ours = rolled({LOG: data})
    result = merged({LOG: data}, ours, theirs)
    gone = held({LOG: data}) - held({LOG: ours[LOG]})
    days = {key for key in held(result) if key[1].startswith(b"## 2025") and b"-" not in key[1][13:]}  # left alone
    assert held(result) - Counter(days) == held(theirs) | held(ours), shown({LOG: data}, ours, theirs, result)
    assert not gone & held({LOG: result[LOG]})


@laws(33)
@given(logs(), st.integers(0, 40), st.integers(0, 40))
def test_two_clones_roll_at_once(data: bytes, one: int, other: int) -> None:
    """On the same day or on others: every entry once, by merge alone."""
    ours, theirs = (rolled({LOG: data}, TODAY + timedelta(days=days)) for days in (one, other))
    result = merged({LOG: data}, ours, theirs)
    assert held(result) == held({LOG: data}), shown(ours, theirs, result)
    assert (ours == theirs) or one != other


@laws(33)
@given(banks.raw_bytes(), banks.raw_bytes(), days)
def test_any_bytes_will_do(data: bytes, old: bytes, today: date) -> None:
    job(bank({LOG: data + b"\n## 2025-01-01 x\n" + old, archive("2025-01"): old}, today))
    job(Bank({LOG: data}, ["bank"], 10**18))
    job(Bank({LOG: data}, ["bank"], -(10**18)))


def test_a_long_bait_ends() -> None:
    for bait in (b"## 2025-01-01 " + b"[" * 50_000, b"## 2025-01-01\n" * 5_000, b"- 2025-01-01\n" * 5_000):
        job(bank({LOG: b"# x\n\n" + bait}))


@laws(33)
@given(banks.banks(entries_only=True), banks.edits(("append", "prepend", "insert", "edit", "add entry"), most=4), days)
def test_the_other_side_writes(tree: banks.Unit, todo: list[banks.Edit], today: date) -> None:
    """What was edited stays as edited, what was added is there, and the next roll puts all of it in its place."""
    base, theirs = {LOG: rendered(tree)}, {LOG: rendered(banks.edited(tree, todo, "a"))}
    ours = rolled(base, today)
    result = merged(base, ours, theirs)
    gone = held(base) - held({LOG: ours[LOG]})
    assert held({LOG: result[LOG]}) == held(theirs) - gone, shown(base, ours, theirs, result)
    assert held(result) - held({LOG: result[LOG]}) == gone, shown(base, ours, theirs, result)
    last = rolled(result, today)
    assert lines_of(last) == lines_of(result), shown(base, ours, theirs, result, last)
    assert max(held(last).values(), default=1) == 1


def lines_of(files: Mapping[str, bytes]) -> set[tuple[Key, bytes]]:
    """The lines of all entries over log and archives: two versions of one entry may be joined."""
    return {line for data in files.values() for line in said(Buffer(data))}


@laws(25)
@given(logs(), logs("a"), st.integers(0, 60), st.integers(0, 60))
def test_two_clones_roll_into_archives_that_are_there(data: bytes, old: bytes, one: int, other: int) -> None:
    base = rolled({LOG: old}, TODAY + timedelta(days=60))
    base[LOG] = data
    ours, theirs = (rolled(base, TODAY + timedelta(days=days)) for days in (one, other))
    result = merged(base, ours, theirs)
    assert held(result) == held(base), shown(base, ours, theirs, result)
    assert rolled(result, TODAY + timedelta(days=max(one, other))) == result
