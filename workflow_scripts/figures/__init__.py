"""Figures, one module a kind: what a study says of it, and how it is drawn from a table."""
