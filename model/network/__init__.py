"""The Transformer and its folder on disk."""
