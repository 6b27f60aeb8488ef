"""Write the JSON schema of a study and docs/keys.md, from the classes that check a study.

`python -m workflow_scripts.study.write_schema docs/study.schema.json docs/keys.md`. In a study the first
line `# yaml-language-server: $schema=docs/study.schema.json` lets an editor complete and check keys.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.command import parser, run
from model.config.model import PRESETS
from model.config.training import TrainingConfig
from model.records import Strict
from workflow_scripts.filters import ONLY, SCHEMAS
from workflow_scripts.study import figures
from workflow_scripts.study import tables as table_schema
from workflow_scripts.study.study import Study

Schema = dict[str, Any]
TITLE = "Study"


def ref(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def study_schema() -> Schema:
    """The schema, with what a study may write shorter than its classes hold it."""
    schema = Study.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    records: dict[str, type[Strict]] = {"Training": TrainingConfig, **{f"filter {n}": r for n, r in SCHEMAS.items()}}
    for name, record in records.items():
        _add(definitions, name, record.model_json_schema(by_alias=True))
    table = _kinds(definitions, "table", table_schema.KINDS, table_schema.USUAL_KIND)
    figure = _kinds(definitions, "figure", figures.KINDS, figures.USUAL_KIND)
    definitions["figure scores"]["required"].remove("runs")  # which its lines name
    keys, row = schema["properties"], definitions["Run"]["properties"]
    item = {"anyOf": [{"type": "string"}, ref("Item")]}
    for key in ("corpora", "monolingual"):
        keys[key]["items"] = item
    definitions["Dictionaries"]["properties"]["sources"]["items"] = item
    testset = {"anyOf": [{"type": "string"}, ref("HeldOut"), ref("Item"), {"type": "array", "items": item}]}
    keys["testsets"]["patternProperties"] = dict.fromkeys(keys["testsets"]["patternProperties"], testset)
    for key, one in (("tables", table), ("figures", figure)):
        keys[key]["patternProperties"] = dict.fromkeys(keys[key]["patternProperties"], one)
    switch = [{"type": "boolean"}, {"type": "null"}]
    chosen: Schema = {name: {"anyOf": [ref(f"filter {name}"), *switch]} for name in SCHEMAS}
    chosen[ONLY] = {"type": "boolean", "description": "whether filters that are not named are off"}
    for holder in (keys, definitions["Item"]["properties"]):
        holder["filters"] |= {"properties": chosen, "additionalProperties": False}
    row["objectives"]["additionalProperties"] = {"anyOf": [{"type": "number"}, ref("Learned")]}
    group = {"anyOf": [{"type": "array", "items": {"type": "string"}}, ref("Group")]}
    definitions["table scores"]["properties"]["groups"]["additionalProperties"] = group
    paper = definitions["Claim"]["properties"]["paper"]
    definitions["Claim"]["properties"]["paper"] = {
        "anyOf": [{"type": "number"}, {"type": "string"}],
        **_kept(paper, "description"),
    }
    definitions["ModelConfig"]["properties"]["preset"] = {"enum": list(PRESETS), "description": "sizes by name"}
    for holder, key, name in (
        (keys, "training", "Training"),
        (row, "training", "Training"),
        (row, "model", "ModelConfig"),
        (row, "search", "SearchConfig"),
    ):
        holder[key] = {**ref(name), "default": {}, **_kept(holder[key], "description")}
    for name in ("FigureSettings", "TableSettings"):
        definitions.pop(name, None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _kinds(definitions: Schema, of: str, kinds: Mapping[str, type[Strict]], usual: str) -> Schema:
    """Add the kinds of tables or figures to the definitions; any of them."""
    for name, settings in kinds.items():
        _add(definitions, f"{of} {name}", settings.model_json_schema(by_alias=True))
        own = definitions[f"{of} {name}"]
        own["required"] = [*own.get("required", []), *["kind"] * (name != usual)]
    return {"anyOf": [ref(f"{of} {name}") for name in kinds]}


def _add(definitions: Schema, name: str, schema: Schema) -> None:
    definitions.update(schema.pop("$defs", {}))
    definitions[name] = schema


def _kept(schema: Schema, *keys: str) -> Schema:
    return {key: schema[key] for key in keys if key in schema}


def keys_page(schema: Schema) -> str:
    """A table of keys for each part of a study, in Markdown."""
    parts = {TITLE: schema, **dict(sorted(schema["$defs"].items()))}
    lines = ["# The keys of a study", ""]
    lines += [
        "On this page you find every key of a study with its type, bounds and default. [reference.md](reference.md)"
    ]
    lines += ["explains the keys. This page is generated from the classes that check a study:"]
    lines += ["`python -m workflow_scripts.study.write_schema docs/study.schema.json docs/keys.md`.", ""]
    for name, part in parts.items():
        if "properties" not in part:
            continue
        lines += [f"## {name}", ""]
        if about := " ".join(part.get("description", "").split()):
            lines += [about, ""]
        lines += ["| key | what it holds | default | what it does |", "|:--|:--|:--|:--|"]
        required = part.get("required", [])
        for key, value in part["properties"].items():
            usual = "required" if key in required else f"`{json.dumps(value.get('default'), ensure_ascii=False)}`"
            cells = (f"`{key}`", kind_of(value), usual, " ".join(value.get("description", "").split()))
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def kind_of(value: Schema) -> str:
    """What a key holds, in a few words: `integer`, `list of string`, `a or b`, the name of another part."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower().replace(' ', '-')})"
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(kind_of(one) for one in value["anyOf"]))
    if "enum" in value or "const" in value:
        return " or ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        inner = value.get("items") or {"anyOf": value.get("prefixItems", [{}])}
        return f"list of {kind_of(inner)}"
    if value.get("type") == "object":
        inner = value.get("additionalProperties") or next(iter(value.get("patternProperties", {}).values()), None)
        return f"name → {kind_of(inner)}" if isinstance(inner, dict) else "mapping"
    least = value.get("minimum", value.get("exclusiveMinimum"))
    most = value.get("maximum", value.get("exclusiveMaximum"))
    bounds = [f"from {least}" if "minimum" in value else f"above {least}"] * (least is not None)
    bounds += [f"to {most}" if "maximum" in value else f"below {most}"] * (most is not None)
    return " ".join([str(value.get("type", "anything")), *bounds])


def main() -> None:
    """Write both files."""
    arguments = parser(__doc__)
    arguments.add_argument("schema", type=Path)
    arguments.add_argument("page", type=Path)
    options = arguments.parse_args()
    schema = study_schema()
    options.schema.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    options.page.write_text(keys_page(schema), encoding="utf-8")


if __name__ == "__main__":
    run(main)
