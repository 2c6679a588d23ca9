"""Restore: what a merge lost that was made without mbgit, put back in its place."""
