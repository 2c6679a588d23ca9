"""Upkeep: small jobs that a bank needs regularly. Pure, but for daily.py, which puts them on a ref."""
