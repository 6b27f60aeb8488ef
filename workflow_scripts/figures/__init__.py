"""Figures. A kind of figure is a module: it draws the figure from a table, and often also makes this table."""
