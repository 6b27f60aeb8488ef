"""The card of a folder in the format of Hugging Face: README.md, with a program that translates one line."""

from dataclasses import dataclass

from model.config.model import ModelConfig
from model.text.vocabulary import Vocabulary

# By language_tokens: ids of the source, and what generate() is told beside them.
LAYOUTS = {
    "sides": ("[language(source), *pieces, model.config.eos_token_id]", "ids, forced_bos_token_id=language(target)"),
    "target": ("[*pieces, language(target)]", "ids, decoder_start_token_id=language(target)"),
    "front": ("[language(target), *pieces, model.config.eos_token_id]", "ids"),
    "none": ("[*pieces, model.config.eos_token_id]", "ids"),
}


@dataclass(frozen=True)
class Reader:
    """How a program uses a tokenizer."""

    about: str
    imported: str
    opened: str
    language: str  # code → row
    encoded: str
    decoded: str


OURS = Reader(
    about="The folder `subwords/` has its tokenizer, which the package `model.text` of the project reads that trained\n"
    "the model. This program translates one line:",
    imported="from transformers import AutoModelForSeq2SeqLM\n\nfrom model.text.lines import normalised\n"
    "from model.text.tokenizer import Tokenizer",
    opened='Tokenizer(f"{folder}/subwords")',
    language="tokenizer.vocabulary.language_id",
    encoded="tokenizer.encode(normalised(line), source)",
    decoded="tokenizer.decode(found[0].tolist(), target)",
)
FAST = Reader(
    about="Control tokens that a text spells stay text. This program translates one line:",
    imported="from transformers import AutoModelForSeq2SeqLM, AutoTokenizer",
    opened="AutoTokenizer.from_pretrained(folder)",
    language='lambda code: tokenizer.convert_tokens_to_ids(f"<lang:{code}>")',
    encoded='tokenizer(line, add_special_tokens=False)["input_ids"]',
    decoded="tokenizer.decode(found[0], skip_special_tokens=True)",
)
TEXT = """---
language: [{codes}]
library_name: transformers
pipeline_tag: translation
---
# {title}

A translation model, {parts}, {rows:,} rows of vocabulary. Its languages: {languages}.

{reader.about}

```python
import sys

import torch
{reader.imported}

folder, source, target, line = sys.argv[1:]
model, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(folder), {reader.opened}
language = {reader.language}
pieces = {reader.encoded}[: model.config.max_position_embeddings - 2]
ids = torch.tensor([{source}])
found = model.generate({told})
print({reader.decoded})
```
{between}
`generation_config.json` forbids all control tokens but `</s>`. {labels}
"""
BETWEEN = """
From `{source}` to `{target}` it translates without being told, with transformers 4 also as a `pipeline`:

```python
inputs = tokenizer("…", return_tensors="pt", truncation=True)
print(tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))
```
"""
LABELS = {
    "sides": "To train, give as `labels` the token of the target language, the pieces of the target and `</s>`,"
    " padded\nwith -100.",
    "target": "To train, give as `decoder_input_ids` the token of the target language and the pieces of the target, and"
    " as `labels`\nthe pieces and `</s>`, padded with -100.",
} | dict.fromkeys(
    ("front", "none"),
    "To train, give as `decoder_input_ids` `<pad>` and the pieces of the target, and as `labels` the pieces\n"
    "and `</s>`, padded with -100.",
)
# Positions of this class are lost when it is saved there: https://github.com/huggingface/transformers/issues/16048
MARIAN = """
**Before you save the model after training it with transformers**, set `model._keys_to_ignore_on_save = None`. Otherwise
its tables of positions are left out of the file, and other positions take their place when it is read.

The converter of CTranslate2 changes models of this class. Use the export of the project that trained the model.
"""


def card(
    title: str,
    name: str,
    config: ModelConfig,
    vocabulary: Vocabulary,
    reader: Reader,
    between: tuple[str | None, str | None] = (None, None),
) -> str:
    """The text of the card. name: of the class; between: the languages that `tokenizer.json` adds by itself."""
    ids, told = LAYOUTS[config.language_tokens]
    source, target = between
    text = TEXT.format(
        title=title,
        parts=f"{config.encoder_layers}+{config.decoder_layers} layers, width {config.width}",
        rows=len(vocabulary),
        # Without scripts and regions, which the Hub does not know; in quotes, because YAML reads `no` as false.
        codes=", ".join(f'"{code}"' for code in dict.fromkeys(c.split("_")[0] for c in vocabulary.languages())),
        languages=", ".join(f"`{language}`" for language in vocabulary.languages()),
        reader=reader,
        source=ids,
        told=told,
        between=BETWEEN.format(source=source, target=target) if source and target and reader is FAST else "",
        labels=LABELS[config.language_tokens],
    )
    return text + (MARIAN if name == "MarianMTModel" else "")
