"""Steps that write the report of a study and the cards of its models."""
