"""From segments to the tensors of an update."""
