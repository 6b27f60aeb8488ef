"""Kinds of values, tried on every key that has them."""

from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError

from model.command import UserError
from model.config.run import IntraDistillation
from model.records import Strict
from tests.workflow.keys import PARTS
from workflow_scripts.filters import SCHEMAS
from workflow_scripts.study.read import parse_study

WORDS_OF_YAML = {"y", "n", "yes", "no", "on", "off", "true", "false"}
ALL = {**PARTS, **{f"filters.{name}.": schema for name, schema in SCHEMAS.items()}}
FIELDS = [(prefix, schema, name) for prefix, schema in ALL.items() for name in schema.model_fields]


def leaves(kind: Any) -> list[Any]:
    """The types in an annotation, also those of the entries of lists and mappings."""
    if get_origin(kind) is Literal or not get_args(kind):
        return [kind]
    return [leaf for inner in get_args(kind) for leaf in leaves(inner)]


def holding(kind: Any, value: object) -> list[Any]:
    """The value, alone and inside whatever container of numbers an annotation has."""
    found = [value]
    for inner in (kind, *get_args(kind)):
        if get_origin(inner) in (list, tuple):
            found.append([value] * max(1, len(get_args(inner))))
        if get_origin(inner) is dict:
            found.append({"x": value})
    return found


def with_kind(wanted: type, other: type) -> list[Any]:
    """The fields that have numbers of one kind and not of another."""
    return [
        pytest.param(schema, name, id=prefix + name)
        for prefix, schema, name in FIELDS
        if wanted in (found := leaves(schema.model_fields[name].annotation)) and other not in found
    ]


def mistakes(schema: type[Strict], name: str, value: object) -> bool:
    """Whether a value of a field is refused."""
    field = schema.model_fields[name]
    key = field.alias or name
    try:
        schema.model_validate({"passes": 2} | {key: value} if schema is IntraDistillation else {key: value})
    except ValidationError as error:
        return any(
            e["loc"][:1] == (key,) or str(e.get("ctx", {}).get("message")).startswith(key) for e in error.errors()
        )
    return False


@pytest.mark.parametrize(("schema", "name"), with_kind(float, str))
def test_no_number_is_infinite_or_nan(schema, name):
    for number in (float("inf"), float("-inf"), float("nan"), True, False):
        for value in holding(schema.model_fields[name].annotation, number):
            assert mistakes(schema, name, value), f"{value} was taken"


@pytest.mark.parametrize(("schema", "name"), with_kind(int, float))
def test_a_whole_number_has_no_point_and_is_no_word(schema, name):
    if schema.model_fields[name].annotation is not bool and bool not in leaves(schema.model_fields[name].annotation):
        for number in (1.0, 1000.0, 1.5, True, False, float("inf"), float("nan")):
            for value in holding(schema.model_fields[name].annotation, number):
                assert mistakes(schema, name, value), f"{value} was taken"


def test_there_are_such_keys():
    assert len(with_kind(float, str)) > 25 and len(with_kind(int, float)) > 45


@pytest.mark.parametrize(("prefix", "schema", "name"), FIELDS)
def test_a_choice_that_yaml_reads_as_true_or_false_is_taken_as_that(prefix, schema, name):
    """`compile: no`: to YAML, `no` is false."""
    choices = {word for kind in leaves(schema.model_fields[name].annotation) for word in get_args(kind)}
    if words := choices & WORDS_OF_YAML:
        assert words == {"yes", "no"}
        assert [getattr(schema.model_validate({name: said}), name) for said in (True, False)] == ["yes", "no"]


STUDY = {
    "study": "s",
    "corpora": [{"id": "file:a/1", "files": {"en": "a.en", "gl": "a.gl"}}],
    "pairs": {"all": ["en-gl"]},
    "runs": {"r": {"train_on": "all"}},
}
BAD = ["a{b", "a}b", "{study}", "a\nb", "a\tb", "a\x00b", "-a", "--settings=x", "", " "]
PATHS = {
    "corpora": lambda path: {"corpora": [{"id": "file:a/1", "files": {"en": path, "gl": "a.gl"}}]},
    "corpora, a table": lambda path: {"corpora": [{"id": "file:a/1/en-gl", "address": path, "format": "tsv"}]},
    "monolingual": lambda path: {"monolingual": [{"id": "file:a/1/gl", "files": {"gl": path}}]},
    "testsets": lambda path: {"testsets": {"test": [{"id": "file:a/1", "files": {"en": path, "gl": "a.gl"}}]}},
    "dictionaries": lambda path: {
        "dictionaries": {"sources": [{"id": "file:a/1/en-gl", "address": path, "format": "muse"}]}
    },
    "subwords.from": lambda path: {"subwords": {"from": path}},
    "subwords.codes": lambda path: {"subwords": {"codes": path, "vocabulary": "v"}},
    "subwords.vocabulary": lambda path: {"subwords": {"codes": "c", "vocabulary": path}},
    "runs.r.init": lambda path: {"runs": {"r": {"train_on": "all", "init": path}}},
    "comet": lambda path: {"comet": path},
}


@pytest.mark.parametrize("path", BAD)
@pytest.mark.parametrize("key", PATHS)
def test_a_path_that_no_job_can_read_is_one_line(key, path):
    """Snakemake reads `{…}` in a path as a wildcard, and commands read `-…` as an option."""
    with pytest.raises(UserError) as error:
        parse_study({**STUDY, **PATHS[key](path)}, "mine.yaml")
    said = str(error.value)
    assert said.startswith(f"mine.yaml: {key.split(',')[0]}") and "\n" not in said
    assert any(words in said for words in ("rename the file", "begins like an option", "is an empty path"))
