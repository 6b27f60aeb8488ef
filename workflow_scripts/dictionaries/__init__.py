"""Tables of words: how they are read, what is noise in them, and how one is learned from text."""
