"""What mbgit would change: ordinary commits on refs of its own, which a person takes or ignores."""
