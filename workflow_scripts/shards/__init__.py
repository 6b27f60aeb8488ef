"""Steps from text to shards of ids, and the check that no test segment is in them."""
