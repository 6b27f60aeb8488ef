"""Steps that make what people read of a study and of a model."""
