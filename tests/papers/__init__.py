"""Independent readings of the two papers: what this project computes on real batches, computed again by other code."""
