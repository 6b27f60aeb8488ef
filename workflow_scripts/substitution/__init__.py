"""Random aligned substitution: the candidates for each word, the random copies, and their counts."""
