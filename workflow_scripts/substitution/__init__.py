"""Random aligned substitution: what words may be replaced with, how copies are drawn, and what was counted of them."""
