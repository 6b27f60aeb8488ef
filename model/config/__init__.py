"""run.json and config.json, strictly checked. Loads without torch."""
