"""Formats and engines of other programs."""
