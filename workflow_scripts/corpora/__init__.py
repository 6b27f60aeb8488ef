"""Steps from sources to clean text without test segments."""
