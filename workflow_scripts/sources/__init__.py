"""SOURCES of text: a source is a module here, with its catalogue in a YAML file beside it."""

from importlib import import_module

from workflow_scripts.sources.source import Source

# A source is one line here and one file: a module of that name in this folder, with its `SOURCE`.
NAMES = (
    "file",
    "flores200",
    "freedict",
    "gettext",
    "m8m15",
    "muse",
    "nllb_mined",
    "nllb_primary",
    "ntrex",
    "opus",
    "pc32",
    "sacrebleu",
    "url",
    "wmt",
)
SOURCES: dict[str, Source] = {name: import_module(f"{__name__}.{name}").SOURCE for name in NAMES}
