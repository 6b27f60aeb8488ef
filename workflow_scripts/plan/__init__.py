"""What follows from a study. The rules ask this room and no other."""
