"""What the generator writes under another name is found, and an edit of people goes with it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from devmatrix_guard.generator.regenerate.merge import merge_texts
from devmatrix_guard.generator.regenerate.python.renamed_definitions import (
    find_renames,
    measure_likeness,
    write_new_names,
)

_LIST = '''
    async def list_books(self, limit: int) -> BookPage:
        """List books."""
        rows = await self._rows.list_books(limit)
        total = await self._rows.count()
        return BookPage(items=rows, total=total)
'''
_GET = '''
    async def get_book(self, key: int) -> Book:
        """Get a book."""
        row = await self._rows.get(key)
        if row is None:
            raise not_found("book")
        return show(row)
'''
_HEAD = '''\
"""The service of books."""


class BookService:
    """What can be done with books."""
'''
_BASE = f"{_HEAD}{_LIST}{_GET}"
_NEW = _BASE.replace("def list_books", "def search_books")
_EDIT = _BASE.replace("rows = await", "limit = min(limit, 50)\n        rows = await")


def _name(base: str, ours: str, theirs: str) -> list[tuple[str, str, str]]:
    return [(r.scope, r.old, r.new) for r in find_renames(base, ours, theirs)]


def test_a_method_under_another_name_takes_the_edit_along() -> None:
    merged = merge_texts("service.py", _BASE, _EDIT, _NEW)
    assert merged.conflicts == ()
    assert merged.text == _EDIT.replace("def list_books", "def search_books")
    (note,) = merged.notes
    assert note == (
        "BookService.list_books is called search_books now; what you wrote in it is kept"
    )


def test_a_short_method_whose_docstring_says_its_name_takes_the_edit_along() -> None:
    base = _HEAD + dedent('''
        async def get_book(self, key: int) -> Book:
            """Get book."""
            row = await self._find_row(BookEntity.id == key)
            return await show_book(row)
    ''').replace("\n", "\n    ").rstrip(" ")
    theirs = base.replace("get_book", "read_one_book").replace("Get book.", "Read one book.")
    edit = ("        return", "        check(row)\n        return")
    merged = merge_texts("service.py", base, base.replace(*edit), theirs)
    assert merged.conflicts == ()
    assert merged.text == theirs.replace(*edit)


def test_a_change_of_both_sides_within_it_is_merged_as_any_other() -> None:
    theirs = _NEW.replace('"""List books."""', '"""Search books."""')
    merged = merge_texts("service.py", _BASE, _EDIT, theirs)
    assert merged.conflicts == ()
    assert '"""Search books."""\n        limit = min(limit, 50)' in merged.text


def test_a_change_of_one_line_by_both_is_a_conflict_of_the_new_name() -> None:
    theirs = _NEW.replace("total = await self._rows.count()", "total = await self._rows.sum()")
    ours = _BASE.replace("total = await self._rows.count()", "total = len(rows)")
    (conflict,) = merge_texts("service.py", _BASE, ours, theirs).conflicts
    assert "search_books" in conflict.symbol


def test_a_method_that_people_renamed_takes_what_is_generated_for_it() -> None:
    ours = _BASE.replace("def list_books", "def search_books").replace("= page", "= page_")
    theirs = _BASE.replace("rows = await", "check(limit)\n        rows = await")
    merged = merge_texts("service.py", _BASE, ours, theirs)
    assert merged.conflicts == ()
    assert merged.text == theirs.replace("def list_books", "def search_books")
    (note,) = merged.notes
    assert note == (
        "BookService.list_books is called search_books by you; "
        "what is generated for it is merged into it"
    )


def test_a_method_that_people_renamed_alone_stays_renamed_and_nothing_is_said() -> None:
    theirs = _BASE.replace("Get a book.", "Get one book.")
    merged = merge_texts("service.py", _BASE, _NEW, theirs)
    assert merged.notes == ()
    assert merged.text == _NEW.replace("Get a book.", "Get one book.")


def test_a_method_that_each_side_renamed_otherwise_is_a_conflict() -> None:
    ours = _EDIT.replace("def list_books", "def search_books")
    theirs = _BASE.replace("def list_books", "def find_books")
    (conflict,) = merge_texts("service.py", _BASE, ours, theirs).conflicts
    assert conflict.symbol == (
        "BookService.list_books is called search_books, on the other side find_books: the file"
    )


def test_a_method_that_both_sides_renamed_alike_is_merged() -> None:
    ours = _EDIT.replace("def list_books", "def search_books")
    merged = merge_texts("service.py", _BASE, ours, _NEW.replace("List books", "Search books"))
    assert merged.conflicts == ()
    assert merged.text == ours.replace("List books", "Search books")


@pytest.mark.parametrize(
    "own", ["search_books = 1", "def search_books(self): ...", "search_books: int"]
)
def test_a_name_that_people_gave_to_something_else_is_not_taken(own: str) -> None:
    assert _name(_BASE, f"{_BASE}\n    {own}\n", _NEW) == []
    assert merge_texts("service.py", _BASE, f"{_EDIT}\n    {own}\n", _NEW).conflicts


def test_an_edit_of_either_of_two_definitions_of_one_name_is_told() -> None:
    pair = """
    @property
    def name(self) -> str:
        first = self._name
        second = first.strip()
        return second

    @name.setter
    def name(self, value: str) -> None:
        first = value
        second = first.strip()
        self._name = second
"""
    base = f"{_HEAD}{pair}"
    ours = base.replace("first = self._name", "first = self._name or str()")
    theirs = base.replace("def name", "def title").replace("@name", "@title")
    merged = merge_texts("service.py", base, ours, theirs)
    assert merged.conflicts == ()
    assert merged.text == theirs.replace("first = self._name", "first = self._name or str()")
    assert len(merged.notes) == 1


def test_parameters_keywords_imports_and_local_names_are_not_the_function() -> None:
    base = "def ship(order):\n    a = order\n    b = a\n    return b\n"
    own = dedent(
        """\


        from mail import ship as post

        def keep(ship, other):
            return ship(1), other(ship=2), [ship for ship in other]


        def make():
            ship = keep(1, 2)
            return lambda ship=ship: ship


        class Yard:
            ship = 1

            def run(self):
                'é'; return ship(self.ship), f"{ship(1)}", post
        """
    )
    written = write_new_names(base + own, find_renames(base, base, base.replace("ship", "send")))
    assert written == (base.replace("ship", "send") + own).replace(
        'return ship(self.ship), f"{ship(1)}"', 'return send(self.ship), f"{send(1)}"'
    )


def test_what_people_did_not_touch_says_nothing() -> None:
    ours = _BASE.replace("Get a book.", "Get one book.")
    merged = merge_texts("service.py", _BASE, ours, _NEW)
    assert merged.notes == ()
    assert merged.text == ours.replace("def list_books", "def search_books")


def test_what_people_call_on_the_object_itself_follows_and_on_others_stays() -> None:
    own = "\n    async def first(self) -> Book:\n        page = await self.list_books(1)\n"
    other = "        await self._rows.list_books(2)\n        return page.items[0]\n"
    merged = merge_texts("service.py", _BASE, _EDIT + own + other, _NEW)
    assert merged.conflicts == ()
    assert "await self.search_books(1)" in merged.text
    assert "await self._rows.list_books(2)" in merged.text


@pytest.mark.parametrize(
    "call", ["BookService.list_books", "lambda: self.list_books", "f'é{self.list_books(1)}'"]
)
def test_other_ways_to_call_it_follow_too(call: str) -> None:
    own = f"\n    def get(self) -> Any:\n        return 'é', {call}\n"
    merged = merge_texts("service.py", _BASE, _EDIT + own, _NEW)
    assert f"'é', {call.replace('list_', 'search_')}" in merged.text


def test_a_function_of_the_module_follows_with_its_calls() -> None:
    base = dedent(
        """\
        def ship_order(order: Order) -> None:
            check(order)
            order.state = "SHIPPED"
            order.flush()
        """
    )
    ours = base.replace("check(order)", "check(order)\n    log(order)")
    ours += "\n\nrun(ship_order, mailer.ship_order)\n"
    merged = merge_texts("flow.py", base, ours, base.replace("ship_order", "send_order"))
    assert merged.conflicts == ()
    assert merged.text == ours.replace("def ship_order", "def send_order").replace(
        "run(ship_order,", "run(send_order,"
    )


def test_a_class_under_another_name_takes_its_methods_along() -> None:
    base = dedent(
        '''\
        class BookIn(ApiModel):
            """What is sent."""

            title: str
            pages: int
            tags: list[str]
            price: int
        '''
    )
    ours = f"{base}\n    def is_long(self) -> bool:\n        return self.pages > 500\n"
    theirs = base.replace("BookIn", "NewBook") + "    isbn: str\n"
    merged = merge_texts("schemas.py", base, ours, theirs)
    assert merged.conflicts == ()
    assert "class NewBook(ApiModel):" in merged.text
    assert "isbn: str" in merged.text
    assert "def is_long(self)" in merged.text


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        (_NEW, [("BookService", "list_books", "search_books")]),
        (_BASE, []),
        (f"{_HEAD}{_GET}", []),
        (_BASE.replace(_LIST, _GET.replace("get_book", "read_book")), []),
        (_BASE.replace("def list_books", "def get_books").replace("self._rows", "self._r"), []),
        (f"{_NEW}{_LIST.replace('list_books', 'find_books')}", []),
        (f"{_BASE}{_LIST.replace('list_books', 'find_books')}", []),
        ("def (", []),
        ("", []),
    ],
    ids=[
        "another name", "the same", "gone", "another operation", "another body", "two alike",
        "one more", "no Python", "nothing",
    ],
)  # fmt: skip
def test_only_what_is_nearly_the_same_is_taken_for_renamed(
    theirs: str, found: list[tuple[str, str, str]]
) -> None:
    assert _name(_BASE, _BASE, theirs) == found


def test_what_people_deleted_or_renamed_themselves_is_not_followed() -> None:
    assert _name(_BASE, f"{_HEAD}{_GET}", _NEW) == []
    assert _name(_BASE, _NEW, _NEW) == []


def test_each_new_name_is_taken_once() -> None:
    both = _BASE + _LIST.replace("list_books", "list_tomes")
    theirs = both.replace("def list_books", "def all_books").replace("def list_tomes", "def tomes")
    found = _name(both, both, theirs)
    assert len({new for _, _, new in found}) == len(found)


def test_names_in_strings_comments_and_other_classes_stay() -> None:
    text = _BASE + dedent(
        '''
        class Other:
            """list_books of another."""

            def list_books(self) -> None:
                self.list_books()  # list_books
        '''
    )
    renames = find_renames(_BASE, text, _NEW)
    assert write_new_names(text, renames) == text.replace(
        "async def list_books", "async def search_books"
    )


@pytest.mark.parametrize("text", ["def (", "'''", "\t x\n y", "\x00"])
def test_what_is_no_python_stays_as_it_is(text: str) -> None:
    assert find_renames(text, text, text) == ()
    assert write_new_names(text, find_renames(_BASE, _BASE, _NEW)) == text


@pytest.mark.parametrize(
    ("left", "right", "share"),
    [
        ("a\nb\nc\nd", "a\nb\nc\nd", 1.0),
        ("a\nb\nc\nd", "d\n\n  c\nb\na", 1.0),
        ("a\nb\nc\nd", "a\nb\nc\nx", 0.75),
        ("a\na\na\na", "a\nb\nc\nd", 0.25),
        ("a\nb", "a\nb", 0.0),
        ("", "a\nb\nc", 0.0),
    ],
)
def test_likeness_is_the_share_of_lines_in_common(left: str, right: str, share: float) -> None:
    assert measure_likeness(left, right) == share


def test_the_cost_of_very_many_new_names_is_bounded() -> None:
    def write(name: str, number: int) -> str:
        body = "".join(f"    a{line} = {line}\n" for line in range(5))
        return "".join(f"def {name}_{i}():\n{body}    return {i}\n\n\n" for i in range(number))

    assert find_renames(write("old", 200), write("old", 200), write("new", 200)) == ()
    few = find_renames(write("old", 5), write("old", 5), write("new", 5))
    assert [(one.old, one.new) for one in few] == [(f"old_{i}", f"new_{i}") for i in range(5)]


def test_two_lines_resemble_too_much_to_be_one_and_three_may_be() -> None:
    lines = "def name(self) -> str:\n    said = self.said\n    return said\n"
    assert measure_likeness(lines, lines) == 1.0
    assert measure_likeness(lines, lines[: lines.index("    return")]) == 0.0
    assert measure_likeness(lines, lines.replace("return said", "return 3")) == pytest.approx(2 / 3)
