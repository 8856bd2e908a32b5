"""Names that stand in annotations, without what importing them costs when a program starts.

`typing` and `collections.abc` bring `re` with them: as long as all the rest of a hook's start. The
checker of types reads the real ones; while the program runs, every name is a word without meaning
that can still be part of an alias such as `Env = dict[str, Any]`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable as Callable
    from collections.abc import Collection as Collection
    from collections.abc import Iterable as Iterable
    from collections.abc import Iterator as Iterator
    from collections.abc import Mapping as Mapping
    from collections.abc import Sequence as Sequence
    from typing import Any as Any
    from typing import ClassVar as ClassVar
    from typing import Self as Self
    from typing import TextIO as TextIO
else:

    class _Word:
        def __getitem__(self, _part):
            return self

        def __or__(self, _other):
            return self

        __ror__ = __or__

    Any = Callable = ClassVar = Collection = Iterable = Iterator = Mapping = Self = Sequence = (
        TextIO
    ) = _Word()
