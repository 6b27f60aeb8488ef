"""Learning a model of sentencepiece (Kudo and Richardson 2018) from counts of words.

Its trainer counts words itself where it is given text, so that it learns the same from counts. Nothing in it is random
unless it is told to draw from the text; but its sums over several threads depend on how many there are.
"""

import io
import re
from collections.abc import Mapping

import numpy as np

from model.command import UserError
from workflow_scripts.settings.subwords import SentencePiece

THREADS = 16  # whatever the machine has, since the model depends on it
LONGEST = 2**30  # bytes of a word, the most that can be set; longer ones would be left out
UNKNOWN = 1  # the row that every model has beside its pieces
# To find its first pieces, the unigram trainer writes each word out as often as it counts, and takes 13 bytes of memory
# for each byte of that.
WRITTEN_OUT = 64_000_000  # bytes, at most
BESIDE_WORD = 4  # bytes: "▁" before each, and what separates them


def thinned(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Counts in the order of their words; brought down in proportion where they make more than `most` bytes of text.

    Running sums are rounded and not counts, so that rare words that begin alike keep together what each would lose.
    """
    words = sorted(counts)
    lengths = np.fromiter((len(word.encode()) + BESIDE_WORD for word in words), np.int64, len(words))
    times = np.fromiter(map(counts.__getitem__, words), np.int64, len(words))
    share = most / max(int(lengths @ times), most, 1)
    fewer = np.diff(np.floor(np.cumsum(times) * share), prepend=0).astype(np.int64) if share < 1 else times
    return {word: count for word, count in zip(words, fewer.tolist(), strict=True) if count}


def learn_model(counts: Mapping[str, int], settings: SentencePiece) -> bytes:
    """The model, as its file holds it. counts: word → how often, more than 0; no word holds whitespace.

    It has no pieces for <s> and </s>, which are this project's to set. Raises UserError where the text supports fewer
    pieces than asked for, or its letters take more.
    """
    import sentencepiece

    words = thinned(counts, WRITTEN_OUT) if settings.algorithm == "unigram" else dict(sorted(counts.items()))
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(f"{word}\t{count}" for word, count in words.items()),
            model_writer=model,
            input_format="tsv",
            model_type=settings.algorithm,
            vocab_size=settings.size + UNKNOWN,
            character_coverage=settings.character_coverage,
            normalization_rule_name=settings.normalisation,
            max_sentence_length=LONGEST,
            bos_id=-1,
            eos_id=-1,
            num_threads=THREADS,
            minloglevel=1,
        )
    except RuntimeError as error:
        raise _explained(str(error), settings.size) from error
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
