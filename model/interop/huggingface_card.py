"""The card of a folder in the format of Hugging Face: README.md, with a program that translates one line."""

from model.config.model import ModelConfig
from model.text.vocabulary import Vocabulary

# By language_tokens: ids of the source, and what generate() is told beside them.
LAYOUTS = {
    "sides": (
        "[vocabulary.language_id(source), *pieces, model.config.eos_token_id]",
        "ids, forced_bos_token_id=vocabulary.language_id(target)",
    ),
    "target": (
        "[*pieces, vocabulary.language_id(target)]",
        "ids, decoder_start_token_id=vocabulary.language_id(target)",
    ),
    "front": ("[vocabulary.language_id(target), *pieces, model.config.eos_token_id]", "ids"),
    "none": ("[*pieces, model.config.eos_token_id]", "ids"),
}
TEXT = """---
library_name: transformers
pipeline_tag: translation
---
# {title}

A translation model, {parts}, {rows:,} rows of vocabulary. Its languages: {languages}.

The folder `subwords/` has its tokenizer, which the package `model.text` of the project reads that trained the model. It
needs no torch. This program translates one line:

```python
import sys

import torch
from transformers import AutoModelForSeq2SeqLM

from model.text.lines import normalised
from model.text.tokenizer import Tokenizer

folder, source, target, line = sys.argv[1:]
model, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(folder), Tokenizer(f"{{folder}}/subwords")
vocabulary, room = tokenizer.vocabulary, model.config.max_position_embeddings - 2
pieces = tokenizer.encode(normalised(line), source)[:room]
ids = torch.tensor([{source}])
found = model.generate({told})
print(tokenizer.decode(found[0].tolist(), target))
```

`generation_config.json` forbids all control tokens but `</s>`. {labels}
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


def card(title: str, name: str, config: ModelConfig, vocabulary: Vocabulary) -> str:
    """The text of the card. name: of the class."""
    source, told = LAYOUTS[config.language_tokens]
    text = TEXT.format(
        title=title,
        parts=f"{config.encoder_layers}+{config.decoder_layers} layers, width {config.width}",
        rows=len(vocabulary),
        languages=", ".join(f"`{language}`" for language in vocabulary.languages()),
        source=source,
        told=told,
        labels=LABELS[config.language_tokens],
    )
    return text + (MARIAN if name == "MarianMTModel" else "")
