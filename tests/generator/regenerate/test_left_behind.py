"""Lines of people that speak of what is not generated any more are named, and no others."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.regenerate.left_behind import find_left_behind

BEFORE = {
    "src/book.py": """\
class Book:
    def price(self, pages: int, discount: int) -> int:
        whole = pages * self.cents_a_page
        if discount > whole:
            raise ValueError("too much is taken off")
        return whole - discount
"""
}
AFTER = {"src/book.py": BEFORE["src/book.py"].replace("price", "cost")}


def find(own: str) -> list[str]:
    found = find_left_behind(BEFORE, AFTER, {**AFTER, "src/own.py": own}, {})
    return found.get("src/own.py", [])


@pytest.mark.parametrize(
    "own",
    [
        "total = book.price()\n",
        "from src.book import price\n",
        "import price\n",
        "call('price')\n",
        "call('src.book.price')\n",
        "call('src.book:price')\n",
    ],
)
def test_who_still_says_the_old_name_is_told_the_new_one(own: str) -> None:
    assert find(own) == ["line 1 speaks of price, which is called cost now"]


@pytest.mark.parametrize(
    "own",
    [
        "total = book.cost()\n",
        "def ask(price: int) -> int:\n    return price\n",
        "call('price.list')\n",
        "call('src.price:run')\n",
        "call('the price')\n",
        "class Own:\n    price = 3\n\nOwn.price\n",
        "def (:\n",
    ],
)
def test_a_name_that_means_something_else_is_none(own: str) -> None:
    assert find(own) == []


def test_five_lines_of_a_file_are_named_and_each_by_its_number() -> None:
    found = find("\n".join(f"x{n} = book.price" for n in range(7)))
    assert [note.split(" speaks")[0] for note in found] == [f"line {n}" for n in range(1, 6)]


def test_what_went_without_another_in_its_place_is_not_generated_any_more() -> None:
    after = {"src/book.py": "class Book:\n    pass\n"}
    found = find_left_behind(BEFORE, after, {**after, "own.py": "book.price\n"}, {})
    assert found == {"own.py": ["line 1 speaks of price, which is not generated any more"]}


def test_a_name_that_is_given_elsewhere_is_not_gone() -> None:
    result = {**AFTER, "own.py": "book.price\n", "more.py": "def price() -> None: ...\n"}
    assert find_left_behind(BEFORE, AFTER, result, {}) == {}
