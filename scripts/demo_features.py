"""What the shop's people built after their fixes: code that a learned rule must leave in peace."""

SEATING = '''\
"""Finds seats that lie together."""

from collections.abc import Iterator

ROWS = "ABCDEFGHJKLMNPQRST"


def parse(seat: str) -> tuple[str, int]:
    row, number = seat[:1], seat[1:]
    if row not in ROWS or not number.isdecimal():
        raise ValueError(f"no such seat: {seat}")
    return row, int(number)


def name(row: str, number: int) -> str:
    return f"{row}{number}"


def by_row(seats: list[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for seat in seats:
        row, number = parse(seat)
        rows.setdefault(row, []).append(number)
    return {row: sorted(numbers) for row, numbers in sorted(rows.items())}


def runs(numbers: list[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def together(seats: list[str], count: int) -> list[str]:
    for row, numbers in by_row(seats).items():
        for run in runs(numbers):
            if len(run) >= count:
                return [name(row, number) for number in run[:count]]
    return []


def spread(seats: list[str], count: int) -> list[str]:
    chosen: list[str] = []
    for row, numbers in by_row(seats).items():
        for number in numbers:
            if len(chosen) == count:
                return chosen
            chosen.append(name(row, number))
    return chosen


def best(seats: list[str], count: int) -> list[str]:
    return together(seats, count) or spread(seats, count)
'''
DISCOUNTS = '''\
"""Works out what a visitor pays."""

from dataclasses import dataclass
from datetime import date

CHILD_AGE = 12
GROUP_SIZE = 10


@dataclass(frozen=True)
class Visitor:
    name: str
    born: date
    member: bool = False


@dataclass(frozen=True)
class Price:
    cents: int
    reason: str = ""


def age_on(born: date, day: date) -> int:
    before_birthday = (day.month, day.day) < (born.month, born.day)
    return day.year - born.year - before_birthday


def price_for(visitor: Visitor, full: int, day: date) -> Price:
    if age_on(visitor.born, day) < CHILD_AGE:
        return Price(full // 2, "child")
    if visitor.member:
        return Price(full * 9 // 10, "member")
    return Price(full)


def group_price(visitors: list[Visitor], full: int, day: date) -> int:
    prices = [price_for(visitor, full, day).cents for visitor in visitors]
    if len(prices) >= GROUP_SIZE:
        prices.remove(max(prices))
    return sum(prices)


def receipt(visitors: list[Visitor], full: int, day: date) -> str:
    lines = []
    for visitor in visitors:
        price = price_for(visitor, full, day)
        reason = f" ({price.reason})" if price.reason else ""
        lines.append(f"{visitor.name:<20} {price.cents / 100:>8.2f}{reason}")
    total = group_price(visitors, full, day)
    lines.append(f"{'total':<20} {total / 100:>8.2f}")
    return "\\n".join(lines)
'''
MAILING = '''\
"""Writes to visitors: tickets, reminders, and what has changed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import wire

API = "https://mail.example.invalid"
REMIND_BEFORE = timedelta(days=1)


@dataclass(frozen=True)
class Message:
    to: str
    subject: str
    body: str


def ticket_message(to: str, show: str, seats: list[str]) -> Message:
    body = f"Your seats for {show}: {', '.join(seats)}."
    return Message(to, f"Tickets for {show}", body)


def reminder(to: str, show: str, begins: datetime) -> Message | None:
    wait = begins - datetime.now(UTC)
    if timedelta(0) < wait <= REMIND_BEFORE:
        return Message(to, f"{show} is tomorrow", f"It begins at {begins:%H:%M}.")
    return None


def send(message: Message) -> bool:
    answer = wire.post(
        f"{API}/messages",
        json={"to": message.to, "subject": message.subject, "body": message.body},
        timeout=10,
    )
    return answer.status_code == 202


def bounced(since: datetime) -> list[str]:
    answer = wire.get(f"{API}/bounces?since={since:%Y-%m-%d}", timeout=10)
    return [entry["to"] for entry in answer.json()]


def send_all(messages: list[Message]) -> tuple[int, list[Message]]:
    failed = [message for message in messages if not send(message)]
    return len(messages) - len(failed), failed
'''
REPORTS = '''\
"""Counts what was sold, by show and by day."""

import csv
import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Sale:
    show: str
    day: date
    seats: int
    cents: int


def by_show(sales: list[Sale]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for sale in sales:
        totals[sale.show] += sale.cents
    return dict(totals.most_common())


def by_day(sales: list[Sale]) -> dict[date, int]:
    totals: defaultdict[date, int] = defaultdict(int)
    for sale in sales:
        totals[sale.day] += sale.seats
    return dict(sorted(totals.items()))


def best_day(sales: list[Sale]) -> date | None:
    days = by_day(sales)
    return max(days, key=lambda day: days[day]) if days else None


def as_csv(sales: list[Sale]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["show", "day", "seats", "euros"])
    for sale in sorted(sales, key=lambda sale: (sale.day, sale.show)):
        writer.writerow([sale.show, sale.day.isoformat(), sale.seats, f"{sale.cents / 100:.2f}"])
    return stream.getvalue()


def from_csv(text: str) -> list[Sale]:
    rows = csv.DictReader(io.StringIO(text))
    return [
        Sale(
            show=row["show"],
            day=date.fromisoformat(row["day"]),
            seats=int(row["seats"]),
            cents=round(float(row["euros"]) * 100),
        )
        for row in rows
    ]
'''
