"""Steps from text to shards of subword ids, and the check that no test segment is in them."""
