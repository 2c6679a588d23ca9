"""Looks for faults in git's configuration and in `.mbgit.toml`, and for settings that nobody has made yet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from mbgit import git
from mbgit.bank.personas import persona_key
from mbgit.bank.settings import Trouble, config_troubles, variable_troubles
from mbgit.words import fit_for_command, quoted, shown_path

from .plan import ARMED, BROKEN, Finding, Step, Work, has_folder
from .shims import team_settings

_PULL = ("pull.rebase", "pull.ff")  # git refuses a pull that diverges where neither says how to go on


class Choices(Step):
    """Nothing to install: the settings are the user's and the team's."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def verify(self) -> list[Finding]:
        found = [Finding(BROKEN, trouble.where, trouble.what) for trouble in _troubles(self.work)]
        return found or [Finding(ARMED, "settings")]


def notes(works: Iterable[Work]) -> list[str]:
    """What the user should know of the settings of some clones, each once."""
    works = list(works)
    found = [f"{trouble.where}: {trouble.what}" for work in works for trouble in _troubles(work)]
    found += [line for work in works for line in (*_ungoverned(work), *_stranger(work))]
    if stuck := [work for work in works if _pull_stops(work)]:
        target = "".join(stuck[0].options.target)
        here = f'git -C "{target}" config' if fit_for_command(target) else "git config"
        command = here if len(stuck) == 1 else "git config --global"
        why = "git pull stops where both sides have commits, as pull.rebase and pull.ff are unset"
        found.append(f"{why}: {command} pull.rebase false")
    return list(dict.fromkeys(found))


def _troubles(work: Work) -> list[Trouble]:
    team = team_settings(work.site.top)
    absent = [bank for bank in team.banks if not has_folder(work.site.top, bank)]
    nowhere = [Trouble(f"banks: no folder {shown_path(bank)} here", error=False) for bank in absent]
    config = git.configuration(work.site.top)
    return [*team.troubles, *nowhere, *config_troubles(config), *variable_troubles(os.environ)]


def _stranger(work: Work) -> Iterator[str]:
    """A persona that owns nothing, and is called nearly like one that does."""
    name = work.options.persona or git.config("mbgit.persona", cwd=work.site.top)
    owners = {persona_key(rule.owner): rule.owner for rule in team_settings(work.site.top).harvest if rule.owner}
    near = get_close_matches(persona_key(name), owners, 1, 0.8)
    if near and persona_key(name) not in owners:
        yield f"persona: {quoted(name)} owns no harvest: did you mean {quoted(owners[near[0]])}?"


def _ungoverned(work: Work) -> Iterator[str]:
    """The banks of the last time that are there and named no more."""
    for bank in work.record.values.get("banks", []):
        if bank not in work.banks and (work.site.top / bank).is_dir():
            yield f"{bank} is no longer governed: name it with --bank as well, if it is to be"


def _pull_stops(work: Work) -> bool:
    config = git.configuration(work.site.top)
    chosen = (key in _PULL or (key.startswith("branch.") and key.endswith(".rebase")) for key in config)
    return any(key.startswith("remote.") for key in config) and not any(chosen)
