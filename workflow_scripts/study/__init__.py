"""What a user may write in a study, and nothing else."""
