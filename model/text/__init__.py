"""Lines of text and the ids of their subwords. Loads without torch."""
