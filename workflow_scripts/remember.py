"""Answers that are computed once."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Self = TypeVar("Self")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def remembered(
    method: Callable[Concatenate[Self, Arguments], Answer],
) -> Callable[Concatenate[Self, Arguments], Answer]:
    """A method that computes its answer to the same arguments once for each object. Do not change what it returns."""

    @wraps(method)
    def ask(self: Self, *arguments: Arguments.args, **named: Arguments.kwargs) -> Answer:
        answers: dict[Any, Answer] = self.__dict__.setdefault("_answers", {})
        key = (method.__name__, *arguments, *named.items())
        if key not in answers:
            answers[key] = method(self, *arguments, **named)
        return answers[key]

    return ask
