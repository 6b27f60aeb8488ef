"""Import from fairseq, and export to and search with CTranslate2."""
