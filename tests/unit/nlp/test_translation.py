"""Translation around the engine: what is protected, verified, put back; with engines that harm on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput, ModelUnavailable
from models.nlp.translation import icu, starter
from models.nlp.translation.cache import Cache
from models.nlp.translation.engine import Direction, Pair
from models.nlp.translation.protect import Terms
from models.nlp.translation.router import Router
from models.nlp.translation.service import Answer, Hit, Query, Service, Wanted
from models.nlp.translation.translator import Item

SPANS = [
    "https://app.example.io/#/swap?a=1&b=2", "0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D", "0x7a25…488D",
    "vitalik.eth", "{{amount}}", "{amount}", "%s", "%1$s", "$1", "${name}", "ETH/USDT", "USDC", "1,234.56 USDC",
    "0.5%", "$12.30", "12 gwei", "<b>", "</b>", '<a href="/x?y=1">', "`code here`", "@someone", "#DeFi",
    "$PEPE", "🚀", "👩\u200d💻", "&nbsp;", "me@example.org", "\u202e", "\x00", "\ue000", "[", "](https://x.io)",
    "MetaMask", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "10x",
]  # fmt: skip


class Fake:
    """An engine that does one thing to every text."""

    name = "fake"

    def __init__(self, change: Callable[[str], str | None], pairs: Sequence[Pair] = (("en", "es"),)) -> None:
        self.change, self.pairs, self.seen = change, pairs, list[str]()

    def directions(self) -> Mapping[Pair, Direction]:
        return dict.fromkeys(self.pairs, Direction("draft"))

    def translate(self, texts: Sequence[str], pair: Pair) -> list[str | None]:
        self.seen += texts
        return [self.change(text) for text in texts]

    def close(self) -> None:
        self.seen.clear()


def service(engine: Fake, memory: Callable[[Sequence[Query]], Mapping[Query, Sequence[Hit]]] = lambda _: {}) -> Service:
    return Service(Router([engine]), memory, lambda text: ("en", 0.9))


def translate(text: str, change: Callable[[str], str | None] = str.upper, **options: object) -> Answer:
    item = Item(text, **options)  # type: ignore[arg-type]  # the caller's options are Item's
    [answer] = service(Fake(change)).answer([Wanted(item, "es", "en")])
    assert isinstance(answer, Answer)
    return answer


@pytest.mark.parametrize("span", SPANS)
def test_each_kind_of_span_is_protected(span: str) -> None:
    answer = translate(f"please send {span} today")
    assert answer.text == f"PLEASE SEND {span} TODAY"
    assert "".join(answer.protected) == span


HARM: list[Callable[[str], str | None]] = [
    str.upper,
    lambda text: text[::-1],
    lambda text: re.sub(r"[\ue000-\uf8ff]", "", text, count=1),
    lambda text: text + text,
    lambda text: "",
    lambda text: None,
    lambda text: re.sub(r"\d", "9", text),
    lambda text: text + " {broken} <i>",
    lambda text: text * 50,
]
WORDS = st.sampled_from(
    ["please", "send", "the", "tokens", "to", "7", "12 days", "now", "Approve", "it's", "NOT", "\n"]
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(WORDS | st.sampled_from(SPANS), min_size=1, max_size=12), st.sampled_from(HARM))
def test_spans_survive_every_engine(parts: list[str], change: Callable[[str], str | None]) -> None:
    answer = translate(" ".join(parts), change)
    for span in set(parts) & set(SPANS):
        assert answer.text.count(span) >= parts.count(span), answer
    assert re.findall(r"\d+", answer.text) or not re.search(r"\d", " ".join(parts))
    assert "broken" not in answer.text


class _Nesting(HTMLParser):
    VOID = frozenset(("br", "img"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"<{tag} {attrs}>")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"</{tag}>")
        assert self.open.pop() == tag


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags = st.sampled_from(["b", "p", "a", "div", "code", "span"])
    return st.builds(
        lambda tag, inner: f"<{tag} class='x'>{' '.join(inner)}</{tag}>", tag=tags, inner=st.lists(children, max_size=3)
    )


HTML = st.recursive(
    st.sampled_from(["swap now", "it&#39;s", "<br>", "a &amp; b", "{x}", "5 tokens"]), _element, max_leaves=8
)


@settings(max_examples=300, deadline=None)
@given(HTML, st.sampled_from(HARM))
def test_html_stays_well_formed(html: str, change: Callable[[str], str | None]) -> None:
    before, after = _Nesting(html), _Nesting(translate(html, change, format="html").text)
    assert after.tags == before.tags
    assert after.open == []


def test_html_keeps_what_is_no_text() -> None:
    html = (
        '<p title="buy now">don&#39;t &amp; do</p><script>var buy = "now";</script><pre>buy now</pre>'
        '<!-- buy --><span translate="no">buy now</span> buy'
    )
    assert translate(html, format="html").text == (
        '<p title="buy now">DON\'T &amp; DO</p><script>var buy = "now";</script><pre>buy now</pre>'
        '<!-- buy --><span translate="no">buy now</span> BUY'
    )


@pytest.mark.parametrize(
    ("message", "made"),
    [
        ("{n, plural, one {# token} other {# tokens}} left", "{n, plural, one {# TOKEN} other {# TOKENS}} LEFT"),
        (
            "{g, select, male {he sent {n, plural, offset:1 =0 {nothing} other {#}}} other {sent}}",
            "{g, select, male {HE SENT {n, plural, offset:1 =0 {NOTHING} other {#}}} other {SENT}}",
        ),
        ("it''s {name}", "IT''S {name}"),
        ("write '{this}' {count, number, ::currency/USD}", "WRITE '{this}' {count, number, ::currency/USD}"),
    ],
)
def test_icu_branches_are_translated_and_the_syntax_kept(message: str, made: str) -> None:
    assert translate(message, format="icu").text == made
    assert icu.pieces(made)


def test_a_quote_before_an_argument_does_not_begin_quoted_text() -> None:
    assert (
        translate("the price of {x} now", lambda t: t.replace("of ", "d'"), format="icu").text == "the price d''{x} now"
    )


def test_a_plural_in_plain_text_is_read_as_one() -> None:
    assert translate("{n, plural, one {day} other {days}} left").text == "{n, plural, one {DAY} other {DAYS}} LEFT"


@pytest.mark.parametrize(
    "message", ["{n, plural, one {x}", "{", "}", "{n, plural, }", "{a {b}}", "{n, plural, one {" * 20]
)
def test_an_unsound_icu_message_is_refused(message: str) -> None:
    [answer] = service(Fake(str.upper)).answer([Wanted(Item(message, "icu"), "es", "en")])
    assert isinstance(answer, InvalidInput)
    assert answer.details[0]["path"] == "text"


def test_terms_are_used_as_they_are() -> None:
    terms = Terms(["Blue Whale"], {"pool": "fondo", "gas fee": "tarifa de gas"})
    made = translate("Pool of Blue Whale: pay the gas fee, not pools of https://pool.io/pool", terms=terms)
    assert made.text == "Fondo OF Blue Whale: PAY THE tarifa de gas, NOT POOLS OF https://pool.io/pool"


def test_what_the_engine_cannot_do_stays_and_is_said() -> None:
    made = translate("please send {x} now", lambda text: None if "send" in text else text.upper())
    assert made.text == "please send {x} NOW"
    assert made.untranslated == ["please send"]


def test_equal_texts_are_translated_once_and_remembered() -> None:
    engine = Fake(str.upper)
    both = service(engine)
    wanted = [Wanted(Item(f"send {n} {{x}}"), "es", "en") for n in (1, 1, 2)]
    assert [a.text for a in both.answer(wanted) if isinstance(a, Answer)] == ["SEND 1 {x}", "SEND 1 {x}", "SEND 2 {x}"]
    both.answer(wanted)
    assert len(engine.seen) == 2


@pytest.mark.parametrize(
    "text", ["", "  ", "12.5", "0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D", "{x} / %s 🚀", "ETH/USDT"]
)
def test_without_letters_nothing_is_done(text: str) -> None:
    made = translate(text)
    assert (made.text, made.engine, made.path) == (text, "none", ("en",))


def test_a_pair_without_an_engine_says_what_there_is() -> None:
    [answer] = service(Fake(str.upper, [("en", "es"), ("es", "pt")])).answer([Wanted(Item("hello"), "eu", "en")])
    assert isinstance(answer, ModelUnavailable)
    assert "from en: es, pt" in answer.message


def test_pivots_go_through_the_language_between() -> None:
    engine = Fake(lambda text: text + "!", [("en", "es"), ("es", "pt")])
    [answer] = service(engine).answer([Wanted(Item("hello {x}"), "pt", "en")])
    assert isinstance(answer, Answer)
    assert (answer.text, answer.path, answer.quality) == ("hello {x}!!", ("en", "es", "pt"), "draft")


def test_the_shipped_memory_answers_without_an_engine() -> None:
    [answer] = service(Fake(str.upper, []), starter.find).answer([Wanted(Item("Connect wallet"), "es", None)])
    assert isinstance(answer, Answer)
    assert (answer.text, answer.engine, answer.path) == ("Conectar billetera", "memory", ("en", "es"))


def test_the_memory_is_passed_over_where_a_term_of_the_caller_stands_in_the_text() -> None:
    both = service(Fake(str.upper), starter.find)
    texts = ["Connect wallet", "Your order was filled"]
    wanted = [Wanted(Item(text, terms=Terms([], {"wallet": "monedero"})), "es", "en") for text in texts]
    assert [a.text for a in both.answer(wanted) if isinstance(a, Answer)] == ["CONNECT monedero", "Tu orden se ejecutó"]


def test_near_hits_are_offered_only() -> None:
    def memory(queries: Sequence[Query]) -> Mapping[Query, Sequence[Hit]]:
        return {query: [Hit("Envía 5", "en", "Send 5", 0.9)] for query in queries}

    [answer] = service(Fake(str.upper), memory).answer([Wanted(Item("send 6"), "es", "en")])
    assert isinstance(answer, Answer)
    assert (answer.text, answer.engine) == ("SEND 6", "fake")
    assert answer.offered[0].text == "Envía 5"


def test_the_cache_is_bounded_and_forgets() -> None:
    cache = Cache(size=2, ttl=60)
    for key in "abc":
        cache.put(key, key)
    assert [cache.get(key) for key in "abc"] == [None, "b", "c"]
    old = Cache(ttl=-1)
    old.put("a", "a")
    assert old.get("a") is None
