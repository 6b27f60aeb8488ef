"""Models of fairseq, Hugging Face and CTranslate2: import, export, and search with the last."""
