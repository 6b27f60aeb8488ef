"""YAML as plain data: nothing in it is executed, and no key stands twice.

Anchors, aliases and merges (`<<`) may be used. Depth and size are limited, since with aliases a short file can stand
for billions of values.
"""

from pathlib import Path
from typing import Any

import yaml

from model.command import UserError

DEEPEST, LARGEST = 50, 1_000_000  # levels; values, those of an alias counted each time


def read_yaml(path: str | Path, loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = yaml.SafeLoader) -> Any:
    """The values of a YAML file. Raises UserError, with file and line, for what is no YAML or goes beyond the limits.

    loader: yaml.CSafeLoader is faster, and deep nesting crashes it; so it is for files of this project only.
    """
    try:
        reading = loader(Path(path).read_text(encoding="utf-8"))
        node = reading.get_single_node()
        if node is None:
            return None
        _measure(node, (), {})
        return reading.construct_document(node)
    except FileNotFoundError:
        raise UserError(f"{path}: not found") from None
    except IsADirectoryError:
        raise UserError(f"{path}: a folder; if it is a target, write it before --configfile") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except RecursionError:
        raise UserError(f"{path}: {_too_deep()}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _too_deep() -> str:
    return f"more than {DEEPEST} levels of lists and mappings in each other; make it flatter"


def _measure(node: yaml.Node, keys: tuple[str, ...], known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Size and height of a node. known: those of nodes seen before, by id. Raises UserError, see `read_yaml`."""
    if not isinstance(node, yaml.CollectionNode):
        return 1, 0
    if id(node) in known:
        size, height = known[id(node)]
        if not size:
            raise UserError(f"line {_line(node)}: {'.'.join(keys)} holds itself; take the alias out")
        return size, height
    known[id(node)] = 0, 0  # until it is known: not at its end yet
    if isinstance(node, yaml.MappingNode):
        _check_once(node, keys)
        below = [(*keys, str(key.value)) for key, _ in node.value]
        inner = [_measure(value, path, known) for (_, value), path in zip(node.value, below, strict=True)]
        inner += [_measure(key, keys, known) for key, _ in node.value]
    else:
        inner = [_measure(value, (*keys, str(number)), known) for number, value in enumerate(node.value, 1)]
    size, height = 1 + sum(size for size, _ in inner), 1 + max((height for _, height in inner), default=0)
    if height > DEEPEST:
        raise UserError(f"line {_line(node)}: {_too_deep()}")
    if size > LARGEST:
        raise UserError(f"line {_line(node)}: its aliases stand for more than {LARGEST:,} values; write fewer")
    known[id(node)] = size, height
    return size, height


def _check_once(node: yaml.MappingNode, keys: tuple[str, ...]) -> None:
    """Raise UserError for a key that stands twice in a mapping. A merge may stand beside keys that it has too."""
    seen: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if (key.tag, key.value) in seen:
            name, first = ".".join([*keys, key.value]), seen[key.tag, key.value]
            raise UserError(f"{name} stands twice, in lines {first} and {_line(key)}; keep one")
        seen[key.tag, key.value] = _line(key)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
