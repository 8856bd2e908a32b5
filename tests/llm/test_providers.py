"""Providers speak their protocols to a real server; each fault is one sentence with a remedy."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from devmatrix_guard.errors import UsageError
from devmatrix_guard.llm.base import (
    Completion,
    Conversation,
    Exchange,
    Message,
    Provider,
    ProviderError,
    Recording,
    wait_for,
)
from devmatrix_guard.llm.choose import is_configured, open_provider
from tests.helpers_llm import Fault, ModelServer, model_server, raw_server

ASKED = Conversation("Be brief.", (Message("user", "What is 2 + 2?"),), 50)
Open = Callable[[ModelServer], Provider]


def _open_claude(server: ModelServer) -> Provider:
    return open_provider("anthropic:claude-of-tomorrow")


def _open_endpoint(server: ModelServer) -> Provider:
    return open_provider(f"openai:{server.url}/v1#small")


@pytest.fixture(params=[_open_claude, _open_endpoint], ids=["anthropic", "openai"])
def opened(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Open:
    """A way to open a provider that asks a server of the test."""

    def open_at(server: ModelServer) -> Provider:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-user")
        monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-user")
        provider: Provider = request.param(server)
        return provider

    return open_at


def test_a_question_is_asked_and_the_answer_comes_with_its_tokens(opened: Open) -> None:
    with model_server("4") as server:
        answer = opened(server).complete(ASKED)
    assert (answer.text, answer.input_tokens, answer.output_tokens) == ("4", 1000, 100)
    (asked,) = server.asked
    assert asked["max_tokens"] == 50
    assert asked["messages"][-1] == {"role": "user", "content": "What is 2 + 2?"}
    assert "Be brief." in str(asked)
    assert "key-of-the-user" in server.keys[0]


def test_the_cost_is_told_where_the_user_says_the_price(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server(*["4"] * 7) as server:
        provider = opened(server)
        assert provider.complete(ASKED).cost is None
        monkeypatch.setenv("GUARD_LLM_PRICE", "3/15")
        assert provider.complete(ASKED).cost == pytest.approx(0.003 + 0.0015)
        for price in ("cheap", "nan/1", "-1/1", "inf/1", "1"):
            monkeypatch.setenv("GUARD_LLM_PRICE", price)
            with pytest.raises(UsageError, match="3/15"):
                provider.complete(ASKED)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([Fault(401)] * 3, r"key|API_KEY"),
        ([Fault(500)] * 3, "does not answer"),
        ([Fault(429)] * 3, "does not answer"),
        ([Fault(200, b"<html>")], "something else than a message|does not answer"),
        ([Fault(200, b'{"content": 1, "choices": []}')], "something else than a message"),
        ([Fault(200, b"[]")], "something else than a message"),
        ([Fault(200, b"[" * 200_000)] * 3, "something else than a message"),
    ],
    ids=["key", "broken", "too many", "html", "shape", "list", "deep"],
)
def test_a_fault_is_one_sentence(opened: Open, faults: list[Fault], said: str) -> None:
    with model_server(*faults) as server, pytest.raises(ProviderError, match=said) as caught:
        opened(server).complete(ASKED)
    assert "key-of-the-user" not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: a\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    ],
    ids=["nothing", "no http", "cut", "long head", "many heads", "chunk", "no gzip"],
)
def test_what_is_no_answer_of_http_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-user")
    with raw_server(*[said] * 6) as url:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        for name in (f"openai:{url}/v1#small", "anthropic"):
            with pytest.raises(ProviderError, match=r"something else than|does not answer"):
                open_provider(name).complete(ASKED)


def test_a_key_is_not_sent_where_an_endpoint_sends_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-user")
    with model_server("4") as other:
        away = b"HTTP/1.1 302 Found\r\nLocation: %s/v1/chat/completions\r\n\r\n"
        with (
            raw_server(away % other.url.encode()) as url,
            pytest.raises(ProviderError, match=r"does not answer \(302\)"),
        ):
            open_provider(f"openai:{url}/v1#small").complete(ASKED)
    assert other.keys == []


@pytest.mark.parametrize("count", ["-5", "1e400", "1e300", '"many"', "null", "[1]", "9" * 40])
def test_a_number_of_tokens_that_is_none_counts_as_none(count: str) -> None:
    message = '{"content": "4 \\ud800"}'
    body = f'{{"choices": [{{"message": {message}}}], "usage": {{"prompt_tokens": {count}}}}}'
    with model_server(Fault(200, body.encode())) as server:
        answer = open_provider(f"openai:{server.url}/v1#small").complete(ASKED)
    assert answer == Completion("4 ?", "small", 0, 0, None)


def test_an_answer_is_cut_where_no_code_in_a_hole_goes_on(opened: Open) -> None:
    with model_server("4" * 3_000_000) as server:
        assert len(opened(server).complete(ASKED).text) == 32_000


def test_what_takes_too_long_is_waited_for_no_longer() -> None:
    never = threading.Event()
    with pytest.raises(TimeoutError):
        wait_for(never.wait, 0.01)
    never.set()


def test_nobody_listening_is_one_sentence(opened: Open) -> None:
    with model_server() as server:
        provider = opened(server)
    with pytest.raises(ProviderError, match="does not answer"):
        provider.complete(ASKED)


def test_claude_is_asked_again_when_it_is_only_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server(Fault(529), "4") as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
        assert open_provider("anthropic").complete(ASKED).text == "4"
    assert len(server.asked) == 2


def test_without_a_key_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with model_server() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        with pytest.raises(ProviderError, match="ANTHROPIC_API_KEY"):
            open_provider("anthropic").complete(ASKED)
    assert server.asked == []


def test_what_is_said_is_recorded_as_it_was_said(opened: Open) -> None:
    with model_server("4") as server:
        recording = Recording(opened(server))
        answer = recording.complete(ASKED)
    assert recording.exchanges == [Exchange(ASKED, answer)]


@pytest.mark.parametrize("name", ["gpt", "openai:here#x", "openai:http://h/v1", "anthropic2:x"])
def test_a_name_that_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="anthropic"):
        open_provider(name)


def test_only_the_users_environment_names_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_configured()
    with pytest.raises(UsageError, match="GUARD_LLM"):
        open_provider()
    monkeypatch.setenv("GUARD_LLM", "openai:http://127.0.0.1:1/v1#x")
    assert is_configured()
