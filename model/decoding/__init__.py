"""From a model and source segments to hypotheses."""
