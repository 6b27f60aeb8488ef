"""The settings of the steps from corpora to shards, one function for each rule."""

from collections.abc import Callable
from typing import Any

from model.records import Strict
from model.text.languages import short
from workflow_scripts.directions import languages
from workflow_scripts.plan.plan import Plan
from workflow_scripts.settings.backtranslation import Drawing
from workflow_scripts.settings.corpora import (
    Cleaning,
    CreditedFile,
    Crediting,
    Decontaminating,
    Fetching,
    HoldingOut,
    ReadingTestset,
)
from workflow_scripts.settings.dictionaries import Inducing, Merging
from workflow_scripts.settings.shards import Encoding
from workflow_scripts.settings.substitution import Coverage, Substituting
from workflow_scripts.settings.subwords import (
    Adapted,
    Bpe,
    Copied,
    Counting,
    Extending,
    Learned,
    Learning,
    Released,
    Sampling,
    SentencePiece,
)
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.needs import Part

NOT_READ = {"mirrors", "licence", "limits", "bytes", "decontaminate"}  # keys of an item that do not change its text


def as_read(item: Item) -> Item:
    """A dataset with only the keys that reading its text depends on. Other mirrors or another licence change nothing.

    The local path of a file has a digest of its address, so the address is kept. Only the source `url` has the checksum
    there; of an address, the file name is kept, and `{code}/` if each language has its own file.
    """
    is_url = item.dataset.source == "url"
    said: dict[str, Any] = item.model_dump(mode="json", exclude=NOT_READ | (set() if is_url else {"sha256"}))
    if item.address and is_url:
        path = item.address.partition("?")[0]
        said["address"] = ("{code}/" if "{code}" in item.address else "") + path.rpartition("/")[2]
    return Item.model_validate(said)


def fetch(plan: Plan, resource: str) -> Fetching:
    """The datasets in a file, and where the file may come from."""
    study, need = plan.study, plan.supplies.needs[f"resources/{resource}"]
    return Fetching(mode=study.mode, mirrors=study.mirrors, mirror=study.mirror, datasets=need.datasets)


def clean(plan: Plan, text: str) -> Cleaning:
    """The datasets of a text, and the filters."""
    return Cleaning(corpora=list(map(as_read, plan.texts.corpora(text))), filters=plan.study.filters)


def read_testset(plan: Plan, testset: str) -> ReadingTestset:
    """The datasets of a test set, and the languages of the study."""
    datasets = [(as_read(item), held) for item, held in plan.testsets.parts(testset)]
    return ReadingTestset(languages=plan.texts.languages, datasets=datasets)


def hold_out(plan: Plan) -> HoldingOut:
    """The pairs, and the test and dev sets to hold out from their text."""
    return HoldingOut(pairs=plan.texts.pairs, testsets=plan.testsets.held_out, seed=plan.study.seed)


def decontaminate(plan: Plan, text: str) -> Decontaminating:
    """What counts as a segment of a test or dev set, and the limit of a text."""
    study, limit = plan.study, plan.study.limits.get(text)
    return Decontaminating(decontamination=study.decontamination, limit=limit, seed=study.seed if limit else None)


def credits(plan: Plan) -> Crediting:
    """All files and texts of the study, with the licences that the study and the catalogue state now."""
    study, needs = plan.study, plan.supplies.needs
    own = [item for item in [*study.corpora, *study.monolingual] if item.dataset.source == "file"]
    citations = {item.record.citation for need in needs.values() for item, _ in need.datasets}
    return Crediting(
        study=study.study,
        files={
            path: CreditedFile(datasets=sorted(set(map(_named, need.datasets))), licence=need.resource.licence)
            for path, need in needs.items()
        },
        own=[f"{item.id} ({item.record.licence})" for item in own],
        citations=sorted(filter(None, citations)),
        texts=plan.texts.names,
    )


def _named(part: Part) -> str:
    item, codes = part
    return f"{item.dataset.name} {'-'.join(map(short, codes))}"


def dictionary(plan: Plan, direction: str, variant: str = "") -> Merging:
    """The datasets of a dictionary, and how they are merged. variant: of substitution."""
    study, chosen = plan.variants[variant].study, plan.variants[variant].study.dictionaries
    return Merging(
        items=list(map(as_read, plan.variants[variant].items(direction))),
        values=chosen.values,
        multiword=chosen.multiword,
        order=chosen.order,
        top_words=study.substitution.top_words,
        segmenters=study.segmenters,
    )


def induce_dictionary(plan: Plan, variant: str = "") -> Inducing:
    """How the dictionaries of a variant of substitution are induced from text."""
    study, chosen = plan.variants[variant].study, plan.variants[variant].study.dictionaries
    return Inducing(
        candidates=chosen.candidates,
        min_count=chosen.min_count,
        min_score=chosen.min_score,
        iterations=chosen.iterations,
        top_words=study.substitution.top_words,
        segmenters=study.segmenters,
    )


def count_words(plan: Plan, group: str) -> Counting:
    """The segmenters; and if subwords are learned on the group, how its texts are over-sampled."""
    study, sampling = plan.study, None
    if plan.subwords.is_learned(group):
        sampling = Sampling(
            texts=plan.subwords.counted_texts(group),
            temperature=study.subwords.temperature,
            monolingual=study.subwords.monolingual,
            seed=study.seed,
        )
    return Counting(segmenters=study.segmenters, sampling=sampling)


def learn_subwords(plan: Plan) -> Learning:
    """Where the subwords come from; and if they are learned, the keys that their kind uses."""
    study, subwords, group = plan.study, plan.study.subwords, plan.subwords.learning_group
    if model := plan.subwords.model:
        if not plan.subwords.is_adapted:
            return Learning(subwords=Copied(model=model))
        return Learning(
            subwords=Adapted(
                model=model,
                texts=plan.subwords.fitted_texts,
                languages=sorted({code for pairs in study.pairs.values() for code in languages(pairs)}),
                trim=subwords.trim,
                new_pieces=subwords.new_pieces,
                min_count=subwords.extend_min_count,
            )
        )
    codes, segmenters = languages(study.pairs[group]), study.segmenters
    if subwords.codes and subwords.vocabulary:
        files = {"codes": subwords.codes, "vocabulary": subwords.vocabulary}
        return Learning(subwords=Released(**files, languages=codes, segmenters=segmenters))
    kind: type[Bpe | SentencePiece] = Bpe if subwords.kind == "bpe" else SentencePiece
    method = kind.model_validate(subwords.model_dump(include=set(kind.model_fields)))
    texts = plan.subwords.counted_texts(group)
    return Learning(subwords=Learned(texts=texts, languages=codes, segmenters=segmenters, method=method))


def extend_vocabulary(plan: Plan, group: str) -> Extending:
    """The texts and languages that a group adds to the vocabulary."""
    study = plan.study
    return Extending(
        texts=plan.subwords.extending_pairs(group),
        languages=languages(study.pairs[group]),
        min_count=study.subwords.extend_min_count,
    )


def encode(plan: Plan) -> Encoding:
    """The seed of the order of segments."""
    return Encoding(seed=plan.study.seed)


def encode_backtranslated(plan: Plan) -> Encoding:
    """The seed of the order of segments, and how the sources were made."""
    made_by, counts = plan.backtranslation.settings, plan.backtranslation.search.of_best()
    search = {key: value for key, value in made_by.search.items() if key in counts}
    return Encoding(seed=plan.study.seed, backtranslation=made_by.model_copy(update={"search": search}))


def substitute(plan: Plan, direction: str, variant: str = "") -> Substituting:
    """How a direction is substituted in a variant, and with which dictionaries."""
    chosen = plan.variants[variant]
    return Substituting(
        substitution=chosen.study.substitution,
        side=chosen.substituted_language(direction),
        dictionaries=chosen.of_direction(direction),
        seed=plan.study.seed,
    )


def coverage(plan: Plan, variant: str = "") -> Coverage:
    """The shards that coverage is counted in."""
    return Coverage(shards=plan.shards.substituted(variant))


def draw_segments(plan: Plan) -> Drawing:
    """How many segments are drawn for a direction."""
    settings, files = plan.backtranslation.settings, plan.backtranslation.files
    return Drawing(seed=plan.study.seed, segments=settings.segments, files=len(files))


RULES: dict[str, Callable[..., Strict]] = {
    made.__name__: made
    for made in (
        fetch, clean, read_testset, hold_out, decontaminate, credits, dictionary, induce_dictionary, count_words,
        learn_subwords, extend_vocabulary, encode, encode_backtranslated, substitute, coverage, draw_segments,
    )
}  # fmt: skip
