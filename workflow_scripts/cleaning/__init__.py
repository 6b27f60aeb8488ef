"""What rows of text are, batch by batch, and which are dropped."""
