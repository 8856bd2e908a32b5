import asyncio
import functools
import logging
import time
import requests
import pytest
from dataclasses import dataclass, field

LOG = logging.getLogger(__name__)


def t1():
    try:
        a()
    except ValueError:
        raise KeyError("x")
    try:
        a()
    except ValueError as e:
        log(e)
        raise KeyError("x") from e
    try:
        a()
    except (ValueError, TypeError):
        pass
    try:
        a()
    except (ValueError, KeyError, OSError):
        pass
    try:
        a()
    except (A, B) as e:
        pass


def t2():
    try:
        a()
        b()
    except OSError as err:
        x = 1
        LOG.error("no", err, exc_info=True)
    else:
        c()
    finally:
        d()
        return x
    try:
        a()
    except OSError as err:
        LOG.exception(err)
        LOG.error("no", x)
    finally:
        if x:
            return 1
    try:
        pass
    except OSError as err:
        LOG.error(err)
    except KeyError as key:
        LOG.exception(key)
    else:
        pass
    finally:
        pass


async def s1(url, lock):
    time.sleep(1)
    r = requests.get(url)
    await asyncio.to_thread(time.sleep, 3)
    await asyncio.to_thread(open("x"))
    with open(url) as f:
        f.read()

    def inner():
        time.sleep(2)

    async with lock:
        x = 1
        await f(x)
    async with lock as l, lock2:
        await g()
    async with open_it(url) as g:
        pass
    async for x in g:
        if x:
            await f(x)
    async for x in g:
        await f(x)
        y = 1
    z = [await f(x) for x in g]
    z = [x async for x in g if x]
    z = [x async for x in g]
    loop.create_task(f())
    t = loop.create_task(f())
    await loop.create_task(f())
    asyncio.create_task(f(), name="n")
    tasks.append(loop.create_task(f()))
    await (x)
    return loop.create_task(f())


def loops(items, d):
    for x in items:
        if x:
            items.remove(x)
    for x in items:
        items.append(x)
        break
    for x in list(items):
        items.remove(x)
    for i, x in enumerate(items):
        print(x)
    for i, x in enumerate(items):
        print(i)
    for i, x in enumerate(items, 1):
        pass
    for k in d.keys():
        print(d[k])
    for k in d.keys():
        if d[k] > 1:
            pass
    for k in d.keys():
        print(k)
    while True:
        x()
    while True:
        if x():
            break
    while True:
        return 1
    while 1:
        pass
    else:
        pass


def ifs(a, b=None, c=None):
    if a:
        x = 1
    else:
        x = 2
    if a:
        x = 1
    elif b:
        x = 2
    else:
        x = 3
    if b is None:
        b = []
    if b is None:
        b = c = 1
    if c is None:
        c = 3
        b = 2
    if a:
        if b:
            c()
    if a:
        if b:
            c()
        else:
            d()
    if a:
        pass
        if b:
            c()
    x = 1
    x = 2
    y = x
    x = y


def files():
    f = open("a")
    f.read()
    f.close()
    g = open("b")
    g.read()
    h = open("c")
    with h:
        h.read()
    LOCK.acquire()
    work()
    LOCK.release()
    LOCK.acquire(timeout=3)
    try:
        work()
    finally:
        x()
        LOCK.release()
    m.acquire()
    n.release()


f1 = lambda x: len(x)
f2 = sorted(a, key=lambda x: len(x))
f3 = sorted(a, key=lambda x: x[1], reverse=True)
f4 = sorted(a, reverse=True, key=lambda p: p[0])
f5 = max(a, key=lambda x: x[1])
f6 = lambda: foo()
f7 = lambda: foo(1)
f8 = lambda a, b: a.x(b) + 1
f9 = lambda a, b: b.x(a)
f10 = lambda a, b=2: a.x()
f11 = (lambda x: x + 1)(3)
f12 = lambda x: len(y)
f13 = lambda *x: len(x)


class P(Q):
    def go(self, *args, **kwargs):
        log()
        return super().go(*args, **kwargs)

    def went(self, *args, **kwargs):
        return super().go(*args, **kwargs)

    def old(self, *a, **k):
        super(P, self).old(*a, **k)
        super(P, self).old(*a, x=1, **k)
        super(P, self).new(1, *a)

    @staticmethod
    def s(self, x):
        pass

    @staticmethod
    def s2(x, self):
        pass

    @property
    def p(self):
        return 1

    @property
    def p2(self):
        self.x = 1

    @p2.setter
    def p2(self, v):
        pass

    @functools.lru_cache(maxsize=3)
    def c(self, x): return x

    @functools.lru_cache
    def c2(self, x): return x

    @functools.lru_cache()
    @other
    def c3(self): return 1


class E(Exception):
    def __init__(self, m):
        super().__init__(m)
        self.m = m


class E2(Exception, X):
    x = 1

    def __init__(self):
        """doc"""


class Eq:
    def __eq__(self, other):
        return True


class Eq2:
    x = 1

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return True


class Eq3(Eq):
    def __eq__(self, o): return o
    __hash__ = None


class Eq4:
    def __eq__(self, o): return o

    def __hash__(self): return 1


@dataclass
class D1:
    a: list = []
    b: dict = {}
    c: dict = dict()
    d: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class D2(D1):
    a: int = 1


@dataclass(order=True)
class D3:
    a: list[int] = []


@pytest.fixture(scope="session", autouse=True)
def fix1(tmp):
    x = 1
    yield x
    done()


@pytest.fixture(scope="function")
def fix2(tmp):
    yield 1


@pytest.fixture(params=[1], scope="module")
def fix3():
    if x:
        yield 1


def defaults(a, b=[], c={}, *, d=set(), e=None): pass
def defaults2(a=[1], *, k): pass
def defaults3(a, b=1, *, k, l=2): pass
def pos(a, /, b, *rest): pass
def pos2(a, b, /, c, *rest, **kw): pass
def pos3(a, /, b, *, c): pass
