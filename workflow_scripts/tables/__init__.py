"""Steps from scores, samples and counts to tables."""
