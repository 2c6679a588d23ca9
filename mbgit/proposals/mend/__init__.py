"""Mend: what the gate refused, as far as a machine can bring it in order."""
