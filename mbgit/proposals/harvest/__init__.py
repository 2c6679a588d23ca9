"""Harvest: ripe buffers become formal documentation. Pure, but for propose.py, which puts it on a ref."""
