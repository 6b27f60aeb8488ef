"""Segments as all steps see them: characters, when two are the same, files of them."""
