"""Snakemake's jobs: where they may run, what they cost, and why they failed."""
