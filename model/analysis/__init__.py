"""Analyses of a trained model: commands for the papers' figures."""
