"""Models that make vectors of texts: a small one of random weights, an endpoint, and the cache."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from devmatrix_guard.errors import MemoryStoreError, MissingExtraError, UsageError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.embed import CachedEmbedder, load_embedder
from devmatrix_guard.memory.small_model import load_small_model
from tests.helpers_servers import serve_in_thread

SIZE, HEADS, WORDS = 24, 12, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "parse", "json", "bytes"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two layers with random weights."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny"))


def make_tiny_model(place: Path, seed: int = 3) -> Path:
    """Write a model with random weights in the files that real ones come in."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers

    rng = np.random.default_rng(seed)

    def tensor(*shape: int) -> Any:
        return rng.normal(scale=0.2, size=shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": tensor(len(WORDS), SIZE),
        "embeddings.position_embeddings.weight": tensor(64, SIZE),
        "embeddings.token_type_embeddings.weight": tensor(2, SIZE),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(2):
        name = f"encoder.layer.{layer}"
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
        for part, shape in (
            ("attention.self.query", (SIZE, SIZE)),
            ("attention.self.key", (SIZE, SIZE)),
            ("attention.self.value", (SIZE, SIZE)),
            ("attention.output.dense", (SIZE, SIZE)),
            ("intermediate.dense", (2 * SIZE, SIZE)),
            ("output.dense", (SIZE, 2 * SIZE)),
        ):
            weights[f"{name}.{part}.weight"] = tensor(*shape)
            weights[f"{name}.{part}.bias"] = tensor(shape[0])
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = tensor(SIZE) + 1, tensor(SIZE)
    save_file(weights, place / "model.safetensors")
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(place / "tokenizer.json"))
    (place / "config.json").write_text(json.dumps({"num_attention_heads": HEADS}))
    return place


def test_a_small_model_gives_one_unit_vector_a_text(folder: Path) -> None:
    model = load_embedder(str(folder))
    assert model.model_id == folder.name
    vectors = model.embed(["parse json", "bytes", "parse json", "", "\udcff"])
    assert [round(math.hypot(*v), 5) for v in vectors[:3]] == [1.0, 1.0, 1.0]
    assert [len(vector) for vector in vectors] == [SIZE] * 5
    assert vectors[0] == pytest.approx(vectors[2], abs=1e-6)
    assert vectors[0] != pytest.approx(vectors[1], abs=1e-2)


def test_what_stands_beside_a_text_in_a_batch_changes_nothing(folder: Path) -> None:
    model = load_small_model(folder)
    texts = ["parse", "json bytes parse json", "bytes bytes"]
    alone = [model.embed([text])[0] for text in texts]
    for one, other in zip(alone, model.embed(texts), strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_the_order_of_words_matters(folder: Path) -> None:
    one, other = load_small_model(folder).embed(["parse json", "json parse"])
    assert one != pytest.approx(other, abs=1e-4)


@pytest.mark.parametrize("broken", ["model.safetensors", "tokenizer.json"])
def test_a_model_that_is_none_is_refused(folder: Path, tmp_path: Path, broken: str) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(b"{}" if file.name == broken else file.read_bytes())
    with pytest.raises(MemoryStoreError, match="not one guard can compute"):
        load_embedder(str(tmp_path))


@pytest.fixture
def endpoint() -> Iterator[str]:
    """An endpoint that speaks OpenAI's protocol; its vectors are lengths, told out of order."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            code = 200 if self.headers.get("Authorization") == "Bearer hush" else 401
            data = [
                {"index": n, "embedding": [1.0, len(text)]} for n, text in enumerate(asked["input"])
            ]
            if asked["model"] == "odd":
                data = data[1:]
            body = json.dumps({"data": data[::-1]}).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    with serve_in_thread(server):
        yield f"http://127.0.0.1:{server.server_port}/v1"


def test_an_endpoint_is_asked_in_batches(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARD_EMBEDDING_API_KEY", "hush")
    model = load_embedder(f"openai:{endpoint}#small")
    assert model.model_id == "small"
    texts = ["x" * n for n in range(1, 150)]
    assert model.embed(texts) == [[1.0, float(len(text))] for text in texts]


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("openai:{url}#small", "", r"refuses to make vectors \(401\); set GUARD_EMBEDDING_API_KEY"),
        ("openai:{url}#odd", "hush", "answered with something else than vectors"),
        ("openai:http://127.0.0.1:1#small", "hush", "does not answer"),
    ],
)
def test_an_endpoint_that_fails_is_one_sentence(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, name: str, key: str, said: str
) -> None:
    monkeypatch.setenv("GUARD_EMBEDDING_API_KEY", key)
    with pytest.raises(MemoryStoreError, match=said) as caught:
        load_embedder(name.format(url=endpoint)).embed(["a"])
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["openai:", "openai:ftp://x#m", "openai:https://host/v1"])
def test_an_endpoint_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="write `openai:https://HOST/v1#MODEL`"):
        load_embedder(name)


def test_another_name_is_a_model_of_sentence_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"devmatrix-guard\[sentence-transformers\]"):
        load_embedder("microsoft/codebert-base")


class Counting:
    """A model that remembers what it was asked."""

    model_id = "m"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += texts
        return [[1.0, float(len(text))] for text in texts]


def test_a_text_is_computed_once_whatever_process_asks(tmp_path: Path) -> None:
    inner = Counting()
    for _ in range(2):
        with open_memory("m.db", tmp_path) as memory:
            model = CachedEmbedder(memory.database, inner)
            assert model.embed(["a", "bb", "a"]) == [[1.0, 1.0], [1.0, 2.0], [1.0, 1.0]]
    assert inner.asked == ["a", "bb"]
