"""Languages, and from lines of text to subword ids and back. Loads without torch."""
