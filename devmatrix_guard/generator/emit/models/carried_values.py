"""Values that no cast of a database carries over to another type safely, read one by one instead.

A migration reads each value as the new type has it, and stops where one cannot be read or would
not come back the same. PostgreSQL then casts it; SQLite, whose casts make 2024 of a date, gets it
stored as the new type stores it before the table is copied.
"""

from __future__ import annotations

from collections.abc import Iterable

CARRY = "_carry_over"
TYPED = "_with_types"
_TEXTS = ("String", "Text")
_READERS = {
    "Integer": "_read_integer",
    "BigInteger": "_read_integer",
    "Double": "_read_number",
    "Numeric": "_read_number",
    "Boolean": "_read_boolean",
    "Date": "_read_date",
    "DateTime": "_read_datetime",
    "Uuid": "_read_uuid",
    "String": "_write_text",
    "Text": "_write_text",
}
_WRITTEN = ("Double", "Numeric", "Boolean", "DateTime", "Uuid")

_CARRY = '''\
def _carry_over(
    table: str, column: str, was: Any, now: Any, read: Callable[[Any, Any], Any], trouble: str
) -> None:
    """Read values as another type has them; stop before anything is changed where one is none."""
    context = op.get_context()
    if context.dialect.name == "postgresql":
        op.execute("SET LOCAL TIME ZONE 'UTC'")
    if context.as_sql:
        return
    connection, dialect = op.get_bind(), context.dialect
    held: sa.ColumnClause[Any] = sa.column(column)
    rows = sa.table(table, held)
    found = sa.select(held, sa.func.count()).where(held.is_not(None)).group_by(held)
    native = dialect.name != "sqlite"  # whose driver gives values of the type itself
    load = None if native else was.dialect_impl(dialect).result_processor(dialect, None)
    carried: dict[Any, Any] = {}
    refused = 0
    for value, count in connection.execute(found).all():
        try:
            carried[value] = read(load(value) if load else value, now)
        except (ValueError, ArithmeticError):
            refused += count
    if refused:
        raise RuntimeError(f"nothing was changed: {refused} in the way, {trouble}")
    if dialect.name == "sqlite":
        op.execute("PRAGMA ignore_check_constraints = ON")
        for value, new in carried.items():
            number = isinstance(now, sa.Numeric)
            stored = sa.literal(float(new), sa.Double()) if number else sa.literal(new, now)
            connection.execute(rows.update().where(held == value).values({column: stored}))
        op.execute("PRAGMA ignore_check_constraints = OFF")'''

_TYPED = '''\
def _with_types(table: sa.Table | None, types: dict[str, Any]) -> sa.Table | None:
    """Return a table whose values SQLite copies as they are: they have these types already."""
    for name, type_ in types.items() if table is not None else ():
        table.c[name].type = type_
    return table'''

_READER_TEXTS = {
    "_read_integer": '''\
def _read_integer(value: Any, now: Any) -> int:
    """Return a whole number that is written as numbers are."""
    number = int(value)
    bits = 31 if type(now) is sa.Integer else 63
    if str(number) != value or not -(2**bits) <= number < 2**bits:
        raise ValueError(value)
    return number''',
    "_read_number": '''\
def _read_number(value: Any, now: Any) -> Any:
    """Return a number, exactly."""
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)([.][0-9]+)?", value):
        raise ValueError(value)
    number = Decimal(value)
    if isinstance(now, sa.Double):
        if Decimal(repr(float(number))) != number:
            raise ValueError(value)
        return float(number)
    step = Decimal(1).scaleb(-now.scale)
    if number % step or abs(number) >= Decimal(10) ** (now.precision - now.scale):
        raise ValueError(value)
    return number''',
    "_read_boolean": '''\
def _read_boolean(value: Any, now: Any) -> bool:
    """Return what a text says."""
    known = {"true": True, "false": False, "1": True, "0": False}
    if value not in known:
        raise ValueError(value)
    return known[value]''',
    "_read_date": '''\
def _read_date(value: Any, now: Any) -> date:
    """Return a day; a moment is one at midnight."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        if moment.time() != time():
            raise ValueError(value)
        return moment.date()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError(value)
    return date.fromisoformat(value)''',
    "_read_datetime": '''\
def _read_datetime(value: Any, now: Any) -> datetime:
    """Return a moment; a day is its midnight, in UTC."""
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    day, clock = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
    if not re.fullmatch(f"{day}([T ]{clock}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?", value):
        raise ValueError(value)
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)''',
    "_read_uuid": '''\
def _read_uuid(value: Any, now: Any) -> UUID:
    """Return a UUID that is written as such, with its hyphens or without."""
    found = UUID(value)
    if value not in (str(found), found.hex):
        raise ValueError(value)
    return found''',
    "_write_text": '''\
def _write_text(value: Any, now: Any) -> str:
    """Return a value as text, alike on every database."""
    text = str(value)
    if isinstance(value, bool):
        text = text.lower()
    elif isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        text = f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))
    if len(text) > (getattr(now, "length", None) or len(text)):
        raise ValueError(value)
    return text''',
}
# What the functions above need, by what names it.
_NEEDS = {
    "Any": ("typing", "Any"),
    "Callable[": ("collections.abc", "Callable"),
    "re.fullmatch": ("re", ""),
    "Decimal(": ("decimal", "Decimal"),
    "UUID(": ("uuid", "UUID"),
    "UTC)": ("datetime", "UTC"),
    "date.": ("datetime", "date"),
    "value, date)": ("datetime", "date"),
    "datetime)": ("datetime", "datetime"),
    "datetime.": ("datetime", "datetime"),
    "time()": ("datetime", "time"),
}


def find_reader(before: str, after: str) -> str:
    """Return the function that reads values of one type as another, "" where there is none.

    Args:
        before, after: the types by their names in SQLAlchemy.
    """
    if before in _TEXTS and after not in _TEXTS:
        return _READERS.get(after, "")
    if before in _WRITTEN and after in _TEXTS:
        return "_write_text"
    if {before, after} == {"Date", "DateTime"}:
        return _READERS[after]
    return ""


def list_carrying(text: str) -> list[str]:
    """Return the functions that the lines of a migration call to carry values over."""
    if f"{CARRY}(" not in text:
        return []
    typed = [_TYPED] if f"{TYPED}(" in text else []
    return [*typed, _CARRY, *(body for name, body in _READER_TEXTS.items() if f"{name}," in text)]


def list_needs(functions: Iterable[str]) -> list[tuple[str, str]]:
    """Return (module, name) of what functions import; a module itself has no name."""
    text = "\n".join(functions)
    if CARRY not in text:
        return []
    return sorted({need for sign, need in _NEEDS.items() if sign in text})
