"""Figures, one module a kind: how it is drawn from its table, and often the command that makes this table."""
