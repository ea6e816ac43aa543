"""The methods of HTTP that a call may use. Holds no logic."""

from __future__ import annotations

from enum import Enum


class HttpMethod(str, Enum):
    """`HttpMethod.GET`; wherever one is taken, a plain text such as `"GET"` is taken too."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    OPTIONS = "OPTIONS"

    def __str__(self) -> str:
        return self.value
