"""Kinds of values that several keys of a study share: names, numbers, pairs, languages, metrics."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from model.command import UserError
from model.records import Strict, unknown, wrong
from model.text.languages import check_language
from workflow_scripts.directions import parse_pair

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]  # it becomes part of file names
Positive = Annotated[int, Field(gt=0)]
Named = TypeVar("Named")
# A name that people read: line breaks and other control characters become spaces.
Label = Annotated[str, AfterValidator(lambda text: " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split()))]

Words = Annotated[Label, Field(pattern=r"\S")]
MEAN = "mean"  # the column of all directions in a table of scores


def parse_kind(entry: Any, kinds: Mapping[str, type[Strict]], usual: str) -> Strict:
    """A table or figure by the settings of its kind, of the usual one where it names none."""
    if not isinstance(entry, dict):
        raise wrong("is no mapping; write for instance {runs: [mrasp]}")
    kind = str(entry.get("kind", usual))
    if kind not in kinds:
        raise wrong(f"kind: {unknown(kind, kinds)}")
    return kinds[kind].model_validate(entry)


def each_once(names: list[Named]) -> list[Named]:
    """The names or values, if none is listed twice."""
    if twice := [name for name in names if names.count(name) > 1]:
        raise wrong(f"{twice[0]} stands twice; name it once")
    return names


def short_pairs(pairs: list[str]) -> list[str]:
    """Pairs by their short codes; a mistake in them is one of the study."""
    try:
        return ["-".join(parse_pair(pair)) for pair in pairs]
    except UserError as error:
        raise wrong(str(error)) from None


def short_codes(codes: str | list[str] | None) -> str | list[str] | None:
    """A language or several by their short codes; a mistake in them is one of the study."""
    try:
        return check_language(codes) if isinstance(codes, str) else codes and [check_language(c) for c in codes]
    except UserError as error:
        raise wrong(str(error)) from None


def _by_its_name_now(name: Any) -> Any:
    if name == "chrf2":
        raise wrong("chrf2 is called chrf++ now, because sacreBLEU's chrF2 is what chrf is here; write chrf++")
    return name


Metric = Literal["sacrebleu", "tokenised_bleu", "chrf", "chrf++", "spbleu", "comet"]
MetricName = Annotated[Metric, BeforeValidator(_by_its_name_now)]
