"""Vectors for texts, from a model of sentence-transformers (the `embeddings` extra)."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import Any, Protocol

from devmatrix_guard.errors import MemoryStoreError, MissingExtraError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_VARIABLE = "GUARD_EMBEDDING_MODEL"


class Embedder(Protocol):
    """A model that turns texts into vectors; `model_id` is kept beside each of them."""

    @property
    def model_id(self) -> str:
        """The model's name."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, all of one size."""


class SentenceEmbedder:
    """A loaded model of sentence-transformers."""

    def __init__(self, model_id: str, model: Any) -> None:
        self._model_id = model_id
        self._model = model

    @property
    def model_id(self) -> str:
        return self._model_id

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors = self._model.encode(list(texts), show_progress_bar=False)
        return [[float(value) for value in vector] for vector in vectors]


def load_embedder(model_id: str = "") -> SentenceEmbedder:
    """Load a model: the one named, or in `GUARD_EMBEDDING_MODEL`, or MiniLM.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
        MemoryStoreError: the model is neither on disk nor to be had.
    """
    model_id = model_id or os.environ.get(_VARIABLE, "") or DEFAULT_MODEL
    try:
        library: Any = importlib.import_module("sentence_transformers")
    except ImportError as error:
        raise MissingExtraError("embeddings", "A search by meaning") from error
    try:
        return SentenceEmbedder(model_id, library.SentenceTransformer(model_id, device="cpu"))
    except (OSError, ValueError) as error:
        raise MemoryStoreError(
            f"the model {model_id} cannot be loaded ({error}); "
            f"set {_VARIABLE} to a model's name or folder."
        ) from error
