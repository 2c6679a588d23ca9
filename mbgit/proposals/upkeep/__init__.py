"""Upkeep: what a bank needs while nobody looks. Here is what should change; who proposes it stands elsewhere."""
