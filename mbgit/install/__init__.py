"""What install.py hands over to: steps, each with what it would do, what undoes it, and what verifies it."""
