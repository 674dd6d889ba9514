"""The Bot API's own specification, as data: what is a valid object, and what a method takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPEC: dict[str, Any] = json.loads(Path(__file__).with_name("spec.json").read_text("utf-8"))
VERSION: str = SPEC["version"]
_ARRAY = "Array of "


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    types: tuple[str, ...]
    required: bool
    constant: str | int | None = None
    """The only value that it ever has, where the type is told apart by it."""


@dataclass(frozen=True, slots=True)
class Type:
    name: str
    fields: Mapping[str, Field]
    subtypes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    fields: Mapping[str, Field]
    returns: tuple[str, ...]


def _fields(raw: Mapping[str, Any]) -> dict[str, Field]:
    return {
        name: Field(name, tuple(each["types"]), each["required"], each.get("is"))
        for name, each in raw.items()
    }


TYPES = {
    name: Type(name, _fields(raw.get("fields", {})), tuple(raw.get("subtypes", ())))
    for name, raw in SPEC["types"].items()
}
METHODS = {
    name: Method(name, _fields(raw["fields"]), tuple(raw["returns"]))
    for name, raw in SPEC["methods"].items()
}
METHODS_BY_LOWER_NAME = {name.lower(): method for name, method in METHODS.items()}
UPDATE_KINDS = tuple(name for name in TYPES["Update"].fields if name != "update_id")


def problem(types: Sequence[str] | str, value: Any, where: str = "") -> str | None:
    """The first thing that is wrong with a value of one of these types; None: it is valid."""
    names = (types,) if isinstance(types, str) else types
    if len(names) > 1 and all(name.startswith(_ARRAY) for name in names):
        # An album: each of its items may be of another of these types.
        if not isinstance(value, list):
            return f"{where or '.'} should be an Array"
        inner = [name.removeprefix(_ARRAY) for name in names]
        each_of = (problem(inner, each, f"{where}[{i}]") for i, each in enumerate(value))
        return next((bad for bad in each_of if bad), None)
    found = [_problem(name, value, where) for name in names]
    return None if None in found else found[0]


def _problem(name: str, value: Any, where: str) -> str | None:
    if name.startswith(_ARRAY):
        if not isinstance(value, list):
            return f"{where or '.'} should be {name}"
        inner = name.removeprefix(_ARRAY)
        return next(
            (
                bad
                for i, each in enumerate(value)
                if (bad := _problem(inner, each, f"{where}[{i}]"))
            ),
            None,
        )
    match name:
        case "Integer":
            fine = isinstance(value, int) and not isinstance(value, bool)
            fine = fine and -(2**63) <= value < 2**63
        case "Float":
            fine = isinstance(value, int | float) and not isinstance(value, bool)
        case "Boolean":
            fine = isinstance(value, bool)
        case "String" | "InputFile":
            fine = isinstance(value, str) and _is_unicode(value)
        case _:
            return _object_problem(TYPES[name], value, where)
    return None if fine else f"{where or '.'} should be {name}, not {value!r:.60}"


def _object_problem(kind: Type, value: Any, where: str) -> str | None:
    if kind.subtypes:
        candidates = [name for name in kind.subtypes if _may_be(name, value)]
        found = [_problem(name, value, where) for name in candidates]
        if not found:
            return f"{where or '.'} is no {kind.name}"
        return None if None in found else found[0]
    if not isinstance(value, dict):
        return f"{where or '.'} should be {kind.name}"
    for each in kind.fields.values():
        if each.name not in value:
            if each.required:
                return f"{where}.{each.name} is missing in {kind.name}"
            continue
        if each.constant is not None and value[each.name] != each.constant:
            return f"{where}.{each.name} is not {each.constant!r}"
        if bad := problem(each.types, value[each.name], f"{where}.{each.name}"):
            return bad
    strange = [name for name in value if name not in kind.fields]
    return f"{where}.{strange[0]} is unknown in {kind.name}" if strange else None


def _may_be(name: str, value: Any) -> bool:
    if name == "String" or name.startswith(_ARRAY):
        return not isinstance(value, dict)
    if TYPES[name].subtypes:
        return True
    if not isinstance(value, dict):
        return False
    return all(
        value.get(each.name) == each.constant
        for each in TYPES[name].fields.values()
        if each.constant is not None
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def smallest(types: Sequence[str] | str) -> Any:
    """A valid value with nothing in it that may be left out."""
    name = types if isinstance(types, str) else types[0]
    if name.startswith(_ARRAY):
        return []
    plain = {"Integer": 1, "Float": 0.5, "Boolean": True, "String": "x", "InputFile": "x"}
    if name in plain:
        return plain[name]
    kind = TYPES[name]
    if kind.subtypes:
        return smallest(kind.subtypes[0])
    return {
        each.name: each.constant if each.constant is not None else smallest(each.types)
        for each in kind.fields.values()
        if each.required
    }


def optional_fields(name: str) -> Iterator[Field]:
    """The fields of a type that may be absent."""
    return (each for each in TYPES[name].fields.values() if not each.required)
