"""What the loop of train.py calls."""
