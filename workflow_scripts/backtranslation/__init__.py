"""Steps from monolingual text to its translations and back to pairs."""
