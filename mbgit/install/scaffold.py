"""The missing files of a layout, in every bank, or a workflow for CI; a file that is there is never touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from mbgit.bank.layouts import MULTI_AGENT, New, file_name, files_of, filled, is_owner
from mbgit.git.clone import now

from .options import CI, PULL_REQUESTS, Options
from .plan import Change, Failure, Step, Work
from .shims import team_settings

WORKFLOW = ".github/workflows/memory-bank.yml"
BUTTONS, GITLAB = ".github/workflows/memory-bank-pull-requests.yml", ".gitlab/memory-bank.yml"
_TEMPLATES = {WORKFLOW: "workflow.yml", BUTTONS: "pull-requests.yml", GITLAB: "merge-requests.yml"}


def workflow(what: str, top: Path) -> str:
    """Where the workflow lies that a scaffold places; nothing where it places files of a bank."""
    if what == PULL_REQUESTS:
        return GITLAB if (top / ".gitlab-ci.yml").exists() else BUTTONS
    return WORKFLOW if what == CI else ""


def personas_of(options: Options) -> list[str]:
    """The personas that are to get a private memory. Raises Failure where there is no place for one."""
    found = [name for part in (options.personas or "").split(",") if (name := " ".join(part.split()))]
    if options.personas is not None and MULTI_AGENT not in (options.scaffold, options.migrate):
        raise Failure(f"--personas: private memories need --scaffold {MULTI_AGENT}, or --migrate")
    if options.personas is not None and not found:
        raise Failure("--personas: name at least one")
    if unfit := [name for name in found if not file_name(name)]:
        raise Failure(f"--personas: a name needs a letter or a digit, {unfit[0]!r} has none")
    return found


class Scaffold(Step):
    """Files for the user to commit: uninstalling leaves them."""

    def __init__(self, work: Work, layout: str) -> None:
        self.work, self.layout, self.personas = work, layout, personas_of(work.options)

    def do(self) -> list[Change]:
        wanted = {self.work.site.top / path: text for path, text in self._wanted().items()}
        missing = [(file, text) for file, text in wanted.items() if not file.exists() and not file.is_symlink()]
        return [Change(f"create {self.work.shown(file)}", partial(self._create, file, text), theirs=True)
                for file, text in missing]  # fmt: skip

    def _wanted(self) -> dict[str, Callable[[], bytes]]:
        """Paths from the root, and what gives a file's text."""
        if place := workflow(self.layout, self.work.site.top):
            return {place: Path(__file__).with_name(_TEMPLATES[place]).read_bytes}
        files = [new for bank in self.work.banks for new in files_of(self.layout, bank, self.personas)]
        day = f"{datetime.fromtimestamp(now()):%Y-%m-%d}"
        return {
            new.path: partial(filled, new.template, date=day, persona=new.persona, layout=self.layout)
            for new in files
            if not (new.persona and self._has_memory(new))
        }

    def _has_memory(self, new: New) -> bool:
        """Whether a persona has a private memory already, in this spelling of its name or in another."""
        folder = (self.work.site.top / new.path).parent
        return folder.is_dir() and any(is_owner(new.persona, file.name) for file in folder.glob("*.md"))

    def _create(self, file: Path, text: Callable[[], bytes]) -> None:
        if not file.resolve().is_relative_to(self.work.site.top.resolve()):
            raise Failure(f"{self.work.shown(file)} would lie outside of the repository: a folder there is a link")
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "xb") as created:
            created.write(team_settings(self.work.site.top).vocabulary.local(text()))
