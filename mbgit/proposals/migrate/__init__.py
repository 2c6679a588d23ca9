"""Migrations: a bank's files into another layout, as values; who proposes them as a commit stands elsewhere."""
