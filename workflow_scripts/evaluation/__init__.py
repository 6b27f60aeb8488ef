"""Steps from translations to scores and significance tests."""
