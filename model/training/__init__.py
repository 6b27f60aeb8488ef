"""What the training loop in train.py uses: loss, optimiser, evaluation, checkpoints."""
