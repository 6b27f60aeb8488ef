"""What a trained model learned: the commands behind the papers' figures."""
