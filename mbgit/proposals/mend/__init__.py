"""Mend: repairs what the gate refused, as far as a machine can."""
