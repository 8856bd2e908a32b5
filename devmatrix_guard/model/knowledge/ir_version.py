"""One version of an ApplicationIR that the memory keeps."""

from __future__ import annotations

from typing import NamedTuple


class IrVersion(NamedTuple):
    """A version of the IR of an application, by the hashes of the IR and of the spec it is from."""

    name: str
    version: int
    ir_hash: str
    spec_hash: str
    saved_at: str
