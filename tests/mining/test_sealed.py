"""Bytes that are kept with a sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.mining.sealed import seal, unseal


@given(st.binary(max_size=200))
def test_what_was_sealed_comes_back(data: bytes) -> None:
    assert unseal(seal(data)) == data


@given(st.binary(min_size=1, max_size=50), st.data())
def test_a_single_changed_byte_is_noticed(data: bytes, draw: st.DataObject) -> None:
    kept = bytearray(seal(data))
    place = draw.draw(st.integers(0, len(kept) - 1))
    kept[place] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="sum"):
        unseal(bytes(kept))


@pytest.mark.parametrize("kept", [b"", b"guard1", seal(b"some")[:-1], seal(b"some") + b"x"])
def test_what_is_cut_or_longer_is_noticed(kept: bytes) -> None:
    with pytest.raises(ValueError, match="sum"):
        unseal(kept)
