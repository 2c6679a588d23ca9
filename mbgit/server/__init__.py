"""Where others push to: branches that hosted buttons merge, and the gate of a bare repository."""
