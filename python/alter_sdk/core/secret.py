"""A text that can't print itself, and is pickled by nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn


class Secret:
    """Shows `[secret]` in every form; `reveal()` is the one door. The text lies in no attribute."""

    __slots__ = ("_opened",)

    def __init__(self, text: str) -> None:
        self._opened: Callable[[], str] = lambda: text

    def reveal(self) -> str:
        return self._opened()

    def __repr__(self) -> str:
        return "[secret]"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled.")
