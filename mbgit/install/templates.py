"""Fills in the templates once at the installation: `git show` has them before any hook has run."""

from __future__ import annotations

from contextlib import chdir

from .plan import Change, Step, Work


class Templates(Step):
    """What the hooks keep up to date from then on."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def do(self) -> list[Change]:
        return [] if self._is_fresh() else [Change("fill in the templates of git show mbgit/template/*", self._publish)]

    def _is_fresh(self) -> bool:
        from mbgit.git.clone import Clone, now
        from mbgit.proposals import templates

        with chdir(self.work.site.top):
            wanted = templates.values(Clone(self.work.site.home), now())
        persona = self.work.options.persona or wanted.persona
        return templates.is_fresh(self.work.site.home, wanted._replace(persona=persona), self._layout)

    def _publish(self) -> None:
        from mbgit.git.clone import Clone, now
        from mbgit.proposals import templates

        with chdir(self.work.site.top):
            clone = Clone(self.work.site.home)
            templates.write(clone, self.work.site.home, templates.values(clone, now()), self._layout)
            clone.close()

    @property
    def _layout(self) -> str:
        """The one that is being scaffolded: HEAD does not have it yet."""
        from mbgit.bank.layouts import LAYOUTS

        wanted = self.work.options.scaffold or ""
        return wanted if wanted in LAYOUTS else ""
