"""What a memory bank is: which files it holds, where it lies, and how each kind is merged."""
