"""Subwords: what they are learned on, and how."""
