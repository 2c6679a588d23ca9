"""Harvest: ripe buffers become formal documentation. Here is what moves where; who proposes it stands elsewhere."""
