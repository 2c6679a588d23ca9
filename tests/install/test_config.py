from __future__ import annotations

from mbgit.install.config import cut_sections

OURS = (
    b'[merge "mbgit-union"]\n\tdriver = "sh -c \\"[x]\\""\n\tname = x\n'
    b'[hook "mbgit-post-merge"]\n\tevent = post-merge\n'
)


def test_our_sections_are_cut_from_between_others() -> None:
    before, after = (
        b'[core]\n\tbare = false\n[merge "mine"]\n\tdriver = true\n',
        b'[branch "main"]\n\tremote = origin\n',
    )
    assert cut_sections(before + OURS + after) == before + after


def test_a_comment_that_somebody_wrote_among_ours_stays() -> None:
    assert (
        cut_sections(OURS + b"# mine\n; mine too\n[user]\n\tname = x\n") == b"# mine\n; mine too\n[user]\n\tname = x\n"
    )


def test_a_text_without_ours_is_left_alone() -> None:
    text = b'[merge "mbgit"]\r\n\tdriver = x\r\n[mbgit]\n\tdigest = off'
    assert cut_sections(text) == text
