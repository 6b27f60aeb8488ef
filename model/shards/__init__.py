"""The format of shards, and their segments in memory. Loads without torch."""
