"""Vectors for texts: by a small model without torch, by sentence-transformers, or by a server.

The setting `embeddings` says which: `none`; `minilm`, or the folder of a model of its kind (NumPy
and `tokenizers` compute it); `openai:URL#MODEL` for an endpoint that speaks OpenAI's protocol; any
other name is a model of sentence-transformers.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from array import array
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from devmatrix_guard.errors import MemoryStoreError, MissingExtraError, UsageError
from devmatrix_guard.memory.sql.database import Database, write_marks

NONE = "none"
MINILM = "minilm"
KEY_VARIABLE = "GUARD_EMBEDDING_API_KEY"
_VARIABLE = "GUARD_EMBEDDING_MODEL"
_SERVER = "openai:"
_BATCH = 64
_SECONDS = 60
_MOST_BYTES = 1 << 28


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


class ServerEmbedder:
    """A model behind an endpoint that speaks OpenAI's protocol."""

    def __init__(self, url: str, model: str) -> None:
        self._url = url.rstrip("/") + "/embeddings"
        self._model = model

    @property
    def model_id(self) -> str:
        return self._model

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [
            vector
            for start in range(0, len(texts), _BATCH)
            for vector in self._ask(list(texts[start : start + _BATCH]))
        ]

    def _ask(self, texts: list[str]) -> list[list[float]]:
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, urlopen

        sent = [text.encode("utf-8", "replace").decode() for text in texts]
        body = json.dumps({"model": self._model, "input": sent}).encode()
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY_VARIABLE):
            headers["Authorization"] = f"Bearer {key}"
        try:
            request = Request(self._url, body, headers)  # noqa: S310  # http or https, as checked
            with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                data = json.loads(answer.read(_MOST_BYTES))["data"]
            vectors = [entry["embedding"] for entry in sorted(data, key=lambda e: e["index"])]
            if len(vectors) != len(texts):
                raise ValueError
            return [[float(value) for value in vector] for vector in vectors]
        except HTTPError as error:
            error.close()
            hint = f"; set {KEY_VARIABLE}" if error.code in (401, 403) else ""
            raise MemoryStoreError(
                f"the model {self._model} refuses to make vectors ({error.code}){hint}."
            ) from None
        except (URLError, OSError) as error:
            raise MemoryStoreError(
                f"the model {self._model} does not answer; correct `embeddings`, or start it."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise MemoryStoreError(
                f"the model {self._model} answered with something else than vectors; "
                "correct `embeddings`."
            ) from error


class CachedEmbedder:
    """An embedder that computes a text once; the memory keeps the vector by the text's hash."""

    def __init__(self, database: Database, inner: Embedder) -> None:
        self._database = database
        self._inner = inner

    @property
    def model_id(self) -> str:
        return self._inner.model_id

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        digests = [hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest() for t in texts]
        by_digest = dict(zip(digests, texts, strict=True))
        known = self._read(list(by_digest))
        missing = [digest for digest in by_digest if digest not in known]
        for start in range(0, len(missing), _BATCH):
            some = missing[start : start + _BATCH]
            made = self._inner.embed([by_digest[digest] for digest in some])
            known |= dict(zip(some, made, strict=True))
            self._write(dict(zip(some, made, strict=True)))
        return [known[digest] for digest in digests]

    def _read(self, digests: Sequence[str]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for start in range(0, len(digests), 500):
            some = digests[start : start + 500]
            rows = self._database.fetch_raw_rows(
                "SELECT digest, vector FROM text_vectors "
                f"WHERE model_id = ? AND digest IN ({write_marks(some)})",
                (self.model_id, *some),
            )
            found |= {digest: self._database.read_vector(vector) for digest, vector in rows}
        return found

    def _write(self, vectors: dict[str, list[float]]) -> None:
        with self._database.transaction():
            self._database.run_many(
                "INSERT INTO text_vectors (model_id, digest, vector) VALUES (?, ?, ?) "
                "ON CONFLICT (model_id, digest) DO NOTHING",
                [
                    (self.model_id, digest, self._database.keep_vector(array("f", vector)))
                    for digest, vector in vectors.items()
                ],
            )


def load_embedder(name: str = "") -> Embedder:
    """Load the model that `embeddings` names, or `GUARD_EMBEDDING_MODEL`, or MiniLM.

    Raises:
        MissingExtraError: what it needs is not installed.
        UsageError: the name makes no sense.
        MemoryStoreError: the model is neither on disk nor to be had.
    """
    name = os.environ.get(_VARIABLE, "") if name in ("", NONE) else name
    name = name or MINILM
    if name.startswith(_SERVER):
        url, _, model = name.removeprefix(_SERVER).partition("#")
        if not url.startswith(("http://", "https://")) or not model:
            raise UsageError("`embeddings` is no endpoint; write `openai:https://HOST/v1#MODEL`.")
        return ServerEmbedder(url, model)
    if name == MINILM or (Path(name) / "tokenizer.json").is_file():
        return _load_small(name)
    return _load_sentence_model(name)


def _load_small(name: str) -> Embedder:
    for needed in ("numpy", "tokenizers", "safetensors"):
        if find_spec(needed) is None:
            raise MissingExtraError("embeddings", "A search by meaning")
    from devmatrix_guard.memory.small_model import load_small_model

    return load_small_model(None if name == MINILM else Path(name))


def _load_sentence_model(name: str) -> SentenceEmbedder:
    try:
        library: Any = importlib.import_module("sentence_transformers")
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", f"The model {name}") from error
    try:
        return SentenceEmbedder(name, library.SentenceTransformer(name, device="cpu"))
    except (OSError, ValueError) as error:
        raise MemoryStoreError(
            f"the model {name} cannot be loaded ({error}); "
            "set `embeddings` to a model's name or folder."
        ) from error
