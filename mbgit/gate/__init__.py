"""What a commit, a push or a range adds, and what the checks say of it."""
