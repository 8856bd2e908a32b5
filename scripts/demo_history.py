"""The repository the demo plays in: a small ticket shop with the fixes its people merged.

Each step is a commit: who, when, what, and the files it writes. A few of them are the fixes the
demo learns from; the others are the ordinary work around them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from demo_features import DISCOUNTS, MAILING, REPORTS, SEATING


class Step(NamedTuple):
    """One commit; `edits` maps a path to (old, new) replacements, `files` to a whole new text."""

    author: str
    day: int
    message: str
    files: Mapping[str, str] = {}
    edits: Mapping[str, tuple[tuple[str, str], ...]] = {}


_PAYMENTS = '''\
"""Talks to the payment provider."""

import wire

BASE = "https://pay.example.invalid"


def charge(card: str, cents: int) -> str:
    answer = wire.post(f"{BASE}/charges", json={"card": card, "cents": cents})
    answer.raise_for_status()
    return answer.json()["id"]


def status(charge_id: str) -> str:
    url = f"{BASE}/charges/{charge_id}"
    answer = wire.get(url)
    answer.raise_for_status()
    return answer.json()["status"]
'''
_VENUES = '''\
"""Looks up venues and their seats."""

import wire

HOST = "https://venues.example.invalid/"


def seats(venue: str) -> list[str]:
    answer = wire.get(HOST + venue + "/seats")
    return [seat["name"] for seat in answer.json()]


def address(venue: str) -> str:
    answer = wire.get(HOST + venue)
    return answer.json()["address"]
'''
_TICKETS = '''\
"""Tickets: reserve, pay, cancel."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOLD = timedelta(minutes=15)


@dataclass
class Ticket:
    seat: str
    reserved_at: datetime = field(default_factory=datetime.utcnow)
    paid: bool = False

    def is_expired(self) -> bool:
        return not self.paid and datetime.utcnow() - self.reserved_at > HOLD
'''
_WEATHER = '''\
"""Warns the guests of an open-air show about the weather."""

import wire


def forecast(city: str) -> str:
    url = f"https://weather.example.invalid/{city}"
    answer = wire.get(url)
    return answer.json()["text"]
'''
_NEWS = '''\
"""Sends the newsletter."""

import wire


def subscribers(city: str) -> list[str]:
    url = f"https://mail.example.invalid/lists/{city}"
    answer = wire.get(url)
    return answer.json()["addresses"]
'''
CHEAPEST = ("prices.remove(min(prices))", "prices.remove(max(prices))")
_DISCOUNT_TESTS = """\
from datetime import date

from shop.discounts import Visitor, group_price

ADULT, CHILD = date(1980, 1, 1), date(2020, 1, 1)


def test_a_group_gets_its_cheapest_ticket_for_nothing():
    group = [Visitor(f"V{number}", ADULT) for number in range(9)] + [Visitor("Kim", CHILD)]
    assert group_price(group, 1000, date(2025, 6, 1)) == 9000
"""
_README = "# Ticket shop\n\nReserve, pay, go.\n"

HISTORY = (
    Step("Ines", 0, "Start the ticket shop", {"README.md": _README, "shop/__init__.py": ""}),
    Step("Ines", 3, "Reserve tickets", {"shop/tickets.py": _TICKETS}),
    Step("Omar", 9, "Take payments", {"shop/payments.py": _PAYMENTS}),
    Step("Lena", 14, "Look up venues", {"shop/venues.py": _VENUES}),
    Step("Omar", 21, "Warn about the weather", {"shop/weather.py": _WEATHER}),
    Step("Lena", 30, "Send a newsletter", {"shop/news.py": _NEWS}),
    Step(
        "Omar",
        41,
        "Fix: checkout hung when the payment provider did not answer (#18)",
        edits={"shop/payments.py": (("wire.get(url)", "wire.get(url, timeout=10)"),)},
    ),
    Step(
        "Ines",
        47,
        "Show the price with its currency",
        {"shop/prices.py": 'def shown(cents: int) -> str:\n    return f"{cents / 100:.2f} EUR"\n'},
    ),
    Step(
        "Lena",
        58,
        "Fix seat map blocking a worker for minutes (#23)",
        edits={"shop/venues.py": (('+ "/seats")', '+ "/seats", timeout=10)'),)},
    ),
    Step(
        "Lena",
        59,
        "Fix the same hang on the venue page (#23)",
        edits={"shop/venues.py": (("(HOST + venue)", "(HOST + venue, timeout=10)"),)},
    ),
    Step(
        "Ines",
        66,
        "Fix reservations that expired an hour early after a clock change (#27)",
        edits={
            "shop/tickets.py": (
                ("import datetime, timedelta", "import UTC, datetime, timedelta"),
                ("default_factory=datetime.utcnow", "default_factory=lambda: datetime.now(UTC)"),
                ("datetime.utcnow() - ", "datetime.now(UTC) - "),
            )
        },
    ),
    Step(
        "Omar",
        80,
        "Fix nightly job stuck on the weather service (#31)",
        edits={"shop/weather.py": (("wire.get(url)", "wire.get(url, timeout=10)"),)},
    ),
    Step(
        "Ines",
        88,
        "Fix newsletter waiting for ever on the mail server (#34)",
        edits={"shop/news.py": (("wire.get(url)", "wire.get(url, timeout=10)"),)},
    ),
    Step("Lena", 95, "Say how to run it", {"README.md": f"{_README}\nRun: make run\n"}),
    Step("Omar", 103, "Find seats that lie together", {"shop/seating.py": SEATING}),
    Step("Ines", 117, "Give children and groups a discount", {"shop/discounts.py": DISCOUNTS}),
    Step("Lena", 131, "Send tickets and reminders by mail", {"shop/mailing.py": MAILING}),
    Step("Omar", 150, "Count what was sold", {"shop/reports.py": REPORTS}),
    Step(
        "Lena",
        164,
        "Fix groups with a child that got their dearest ticket for nothing (#41)",
        {"tests/test_discounts.py": _DISCOUNT_TESTS},
        {"shop/discounts.py": ((CHEAPEST[1], CHEAPEST[0]),)},
    ),
)  # fmt: skip

# What a tidying takes back, with its test.
FIXED_FILE, PROOF_FILE = "shop/discounts.py", "tests/test_discounts.py"
UNDOING_MESSAGE = "Tidy up the discounts"

# A year later somebody who was not there for any of this adds a feature.
NEW_FILE = "shop/parking.py"
NEW_CODE = '''\
"""Finds a parking space near the venue."""

import wire


def free_spaces(venue: str) -> int:
    # the service answers within a second
    url = f"https://parking.example.invalid/near/{venue}"
    answer = wire.get(url)
    return int(answer.json()["free"])
'''
NEW_MESSAGE = "Find a parking space near the venue"
