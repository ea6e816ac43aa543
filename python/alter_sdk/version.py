"""The version of the package, and how it names itself to servers."""

from __future__ import annotations

VERSION = "0.1.0"
USER_AGENT = f"alter-sdk-python/{VERSION}"
