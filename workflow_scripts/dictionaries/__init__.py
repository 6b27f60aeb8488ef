"""Dictionaries: reading them, cleaning them, and learning them from text."""
