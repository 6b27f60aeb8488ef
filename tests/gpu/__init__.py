"""Tests on a GPU: `make test-gpu`. `python -m pytest tests/gpu --device cpu` rehearses them on the processor."""
