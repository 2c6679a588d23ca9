"""git merge drivers and hooks for memory banks."""

__version__ = "0.2.0"
