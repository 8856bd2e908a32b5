from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.memory.base import CorruptMemoryError
from devmatrix_guard.memory.connect import memory_exists, open_memory, set_aside_corrupt
from tests.contract.build import fix_pattern
from tests.helpers import tree_bytes


def damage(path: Path) -> None:
    """Write a memory of several pages and overwrite everything after its header."""
    with open_memory(path.name, path.parent) as memory:
        memory.patterns.save([fix_pattern(f"p{n}") for n in range(50)])
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))


def test_a_path_is_taken_from_the_root_and_its_folder_is_made(tmp_path: Path) -> None:
    with open_memory(".guard/memory.db", tmp_path) as memory:
        assert memory.location == str(tmp_path / ".guard" / "memory.db")
    assert (tmp_path / ".guard" / "memory.db").is_file()


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    location = str(tmp_path / "m.db")
    assert not memory_exists(location, Path("/elsewhere"))
    open_memory(location, Path("/elsewhere")).close()
    assert memory_exists(location, Path("/elsewhere"))
    assert (tmp_path / "m.db").is_file()


def test_what_one_process_learned_the_next_one_knows(tmp_path: Path) -> None:
    with open_memory("m.db", tmp_path) as memory:
        memory.patterns.save([fix_pattern()])
    with open_memory("m.db", tmp_path, create=False) as memory:
        assert memory.patterns.list_all() == (fix_pattern(),)


def test_a_closed_memory_is_one_file(tmp_path: Path) -> None:
    with open_memory("m.db", tmp_path) as memory:
        memory.patterns.save([fix_pattern()])
    assert list(tree_bytes(tmp_path)) == ["m.db"]


def test_a_reading_command_does_not_make_a_memory(tmp_path: Path) -> None:
    with pytest.raises(MemoryStoreError, match="run `guard learn` first, in a git repository"):
        open_memory("m.db", tmp_path, create=False)
    assert tree_bytes(tmp_path) == {}


SLIPS = [
    "postgresql:/me:word@host/x",
    "postgres//host/x",
    "PostgreSQL:host",
    "me:word@host/x",
    "//me:word@host/x",
    "host=db password=word",
    "user = me dbname=x",
]


@pytest.mark.parametrize("location", SLIPS)
def test_an_address_with_a_slip_makes_no_folders(tmp_path: Path, location: str) -> None:
    with pytest.raises(UsageError, match="reads like the address of a server") as refused:
        open_memory(location, tmp_path)
    assert "word" not in str(refused.value)
    assert tree_bytes(tmp_path) == {}


@pytest.mark.parametrize("location", ["qdrant://h:6333", "neo4j://h:7687", "bogus://x"])
def test_a_server_that_is_not_supported_is_said_so(tmp_path: Path, location: str) -> None:
    with pytest.raises(UsageError, match="set `memory` to a path"):
        open_memory(location, tmp_path)
    assert tree_bytes(tmp_path) == {}


@pytest.mark.parametrize("location", ["a\nb", "a\x1b[31m", "a\0b"])
def test_a_location_with_control_characters_is_refused_in_one_line(
    tmp_path: Path, location: str
) -> None:
    with pytest.raises(MemoryStoreError, match=r"`memory` holds .*control letter") as told:
        open_memory(location, tmp_path)
    assert str(told.value).isprintable()
    assert not list(tmp_path.iterdir())


def test_an_empty_location_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="empty"):
        open_memory("  ", tmp_path)


@pytest.mark.parametrize(
    "content", [b"not a database\n" * 20, b"SQLite format 3\x00" + b"\x01" * 90]
)
def test_a_file_that_is_no_memory_is_refused_and_untouched(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.db").write_bytes(content)
    with pytest.raises(CorruptMemoryError, match="`guard learn` sets it aside"):
        open_memory("m.db", tmp_path)
    assert tree_bytes(tmp_path) == {"m.db": content}


def test_a_damaged_memory_is_refused_and_untouched(tmp_path: Path) -> None:
    damage(tmp_path / "m.db")
    before = (tmp_path / "m.db").read_bytes()
    with pytest.raises(CorruptMemoryError), open_memory("m.db", tmp_path) as memory:
        memory.patterns.list_all()
    assert (tmp_path / "m.db").read_bytes() == before


def test_damage_far_inside_is_found_before_anything_is_done(tmp_path: Path) -> None:
    with open_memory("m.db", tmp_path) as memory:
        memory.patterns.save([fix_pattern(f"p{n}") for n in range(200)])
    whole = (tmp_path / "m.db").read_bytes()
    (tmp_path / "m.db").write_bytes(whole[:-40_960] + b"\xa5" * 40_960)
    open_memory("m.db", tmp_path).close()
    with pytest.raises(CorruptMemoryError, match="`guard learn` sets it aside"):
        open_memory("m.db", tmp_path, verify=True)


def test_a_sound_memory_passes_verification(tmp_path: Path) -> None:
    with open_memory("m.db", tmp_path, verify=True) as memory:
        memory.patterns.save([fix_pattern()])
    with open_memory("m.db", tmp_path, verify=True) as memory:
        assert memory.patterns.list_all() == (fix_pattern(),)


def test_a_damaged_memory_is_set_aside_whole_and_a_new_one_takes_its_place(tmp_path: Path) -> None:
    damage(tmp_path / "m.db")
    before = (tmp_path / "m.db").read_bytes()
    assert set_aside_corrupt("m.db", tmp_path) == tmp_path / "m.db.corrupt-1"
    with open_memory("m.db", tmp_path) as memory:
        assert memory.patterns.list_all() == ()
    assert (tmp_path / "m.db.corrupt-1").read_bytes() == before


def test_a_second_damaged_memory_does_not_overwrite_the_first(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "m.db").write_bytes(b"damaged %d" % number)
        set_aside_corrupt("m.db", tmp_path)
    assert tree_bytes(tmp_path) == {"m.db.corrupt-1": b"damaged 1", "m.db.corrupt-2": b"damaged 2"}


def test_setting_aside_takes_the_log_along(tmp_path: Path) -> None:
    for name in ("m.db", "m.db-wal", "m.db-shm"):
        (tmp_path / name).write_bytes(name.encode())
    set_aside_corrupt("m.db", tmp_path)
    assert sorted(tree_bytes(tmp_path)) == [
        "m.db.corrupt-1",
        "m.db.corrupt-1-shm",
        "m.db.corrupt-1-wal",
    ]


def test_setting_aside_nothing_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(MemoryStoreError, match="cannot be moved aside"):
        set_aside_corrupt("m.db", tmp_path)


@pytest.mark.parametrize("location", ["file/m.db", "folder", "folder/missing\0/m.db"])
def test_a_place_that_cannot_hold_a_file_is_said_so(tmp_path: Path, location: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(MemoryStoreError, match="et `memory` to another path"):
        open_memory(location, tmp_path)


@pytest.mark.parametrize("location", [".", "sub", "", "/dev/null"])
def test_what_is_no_file_is_refused_and_nothing_made_beside_it(
    tmp_path: Path, location: str
) -> None:
    (tmp_path / "sub").mkdir()
    place = location if location.startswith("/") else str(tmp_path / location)
    for given in {place, location or "."}:
        with pytest.raises(MemoryStoreError, match="set `memory` to another path"):
            open_memory(given, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sub"]
    assert not Path("/dev/null-journal").exists()
