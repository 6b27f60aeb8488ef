"""Learning a model of sentencepiece (Kudo and Richardson 2018) from counts of words.

Given text, its trainer counts the words first, so it learns the same from counts. Nothing is random, because it does
not sample from the text. But its sums depend on the number of threads.
"""

import io
import re
from collections.abc import Mapping

import numpy as np

from model.command import UserError
from model.text.tokenizer import RESERVED
from workflow_scripts.settings.subwords import SentencePiece
from workflow_scripts.subwords.counts import fitting_pieces

THREADS = 16  # on every machine, because the model depends on it
LONGEST = 2**30  # bytes of a word, the highest possible limit; longer words would be left out
UNKNOWN = 1  # the row that every model has beside its pieces
# To find its first pieces, the unigram trainer writes each word as often as it occurs. Each byte of this text takes 13
# bytes of memory.
WRITTEN_OUT = 64_000_000  # bytes, at most
BESIDE_WORD = 4  # bytes: "▁" before each, and what separates them


def thinned(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Counts sorted by word, reduced in proportion if their text has more than `most` bytes.

    Running sums are rounded instead of counts. So rare words with the same beginning keep their count together, where
    each alone would be rounded down to 0.
    """
    words = sorted(counts)
    lengths = np.fromiter((len(word.encode()) + BESIDE_WORD for word in words), np.int64, len(words))
    times = np.fromiter(map(counts.__getitem__, words), np.int64, len(words))
    share = most / max(int(lengths @ times), most, 1)
    fewer = np.diff(np.floor(np.cumsum(times) * share), prepend=0).astype(np.int64) if share < 1 else times
    return {word: count for word, count in zip(words, fewer.tolist(), strict=True) if count}


def learn_model(counts: Mapping[str, int], settings: SentencePiece) -> bytes:
    """Learn a model and return its file. counts: word → count above 0; words have no whitespace.

    The model has no pieces for <s> and </s>, because the vocabulary of this project has them. Raises UserError if the
    text supports fewer pieces than asked for, or has more letters.
    """
    import sentencepiece

    size = settings.size or max(fitting_pieces(counts), 2 * len(set().union(*counts)))
    words = thinned(counts, WRITTEN_OUT) if settings.algorithm == "unigram" else dict(sorted(counts.items()))
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(f"{RESERVED.hide(word)}\t{count}" for word, count in words.items()),
            model_writer=model,
            input_format="tsv",
            model_type=settings.algorithm,
            vocab_size=size + UNKNOWN,
            hard_vocab_limit=settings.size is not None,  # unsaid, fewer pieces are fine
            character_coverage=settings.character_coverage,
            normalization_rule_name=settings.normalisation,
            max_sentence_length=LONGEST,
            bos_id=-1,
            eos_id=-1,
            num_threads=THREADS,
            minloglevel=1,
        )
    except RuntimeError as error:
        raise _explained(str(error), size) from error
    return model.getvalue()


def _explained(message: str, size: int) -> Exception:
    """What the user can do about an error of the trainer."""
    if found := re.search(r"too high .* a value <= (\d+)", message):
        return UserError(
            f"subwords.size: {size} pieces are asked for, the text supports {int(found[1]) - UNKNOWN}; set it to at"
            " most that"
        )
    if found := re.search(r"smaller than required_chars\. \d+ vs (\d+)", message):
        return UserError(
            f"subwords.size: {size} pieces are too few, the text has {int(found[1]) - UNKNOWN} letters; set it to more"
            " than that, or lower subwords.character_coverage"
        )
    return RuntimeError(message)


def pieces_of_model(model: bytes) -> list[str]:
    """All pieces of a model, in its order."""
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    rows = range(processor.get_piece_size())
    return [
        processor.id_to_piece(row) for row in rows if not processor.is_unknown(row) and not processor.is_control(row)
    ]
