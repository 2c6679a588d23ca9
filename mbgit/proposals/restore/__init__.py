"""Restore: puts back what merges made without mbgit have lost."""
