import numpy as np
import os.path as osp
import sys
import re
import datetime as dt
from datetime import datetime
from collections import OrderedDict as OD
from os.path import join, exists as ex
import xml.etree.ElementTree as ET
from xml.etree import ElementTree
import os.path
from ..pkg import thing
from .pkg import thing2

r = 1 < x <= 3
r = 1 < x < 3
r = a == b == c
r = a == b
r = a == b != c
r = x in (1, 2)
r = x in (1, 2, 3)
r = x in (1,)
r = x in [1, 2]
r = x == 1 or x == 2
r = x == 1 or y == 2
r = x == 1 or x == 2 or x == 3
r = 1 == x or x == 2
r = not (a and b)
r = not (a and b and c)
r = not a and b
r = not a == b
r = not (a == b)
r = not a != b
r = a if not x else b
r = a if x else b
r = a + a * b
r = a + b * a
r = a * b + a
r = (a + b) * c
r = c * (a + b)
r = (a + b + d) * c
r = -(a + b)
r = -a + b
r = a is not b is None
r = a - b - c
r = dict([(k, v) for k, v in x])
r = dict((k, v) for k, v in x)
r = dict([(v, k) for k, v in x])
r = {k: v for k, v in zip(a, b)}
r = {k: v for k, v in zip(a, b, c)}
r = {k: v for v, k in zip(a, b)}
r = {x for x in y if x not in z}
r = {x for x in y if not x in z}
r = [x for x in y if x]
r = [x for x in y if x if z]
r = [x for x in y]
r = [w for x in y if x]
r = any([x > 1 for x in y])
r = any(x > 1 for x in y)
r = sum(x for x in y if x)
r = sum((x for x in y if x))
r = sum((x for x in y if x), 0)
r = {**a, **b}
r = {**a, "k": 1}
r = {"k": 1, **a}
r = {"a": 1, "password": p, **b}
r = {"password": 1}
r = [*a, *b]
r = [*a, b]
r = f(*a, *b)
r = f(*a, b)
r = f(**{"a": 1, "b": 2})
r = f(x, **{"a": 1})
r = f(*[1, 2])
r = f(*[])
r = x[y:][0]
r = x[y:z][0]
r = x[len(x) - 1]
r = x[len(y) - 1]
r = x[..., y]
r = x[a, b, y]
r = x[..., 0:1]
print(f"{a} text")
print(f"text {a}")
print(f"{a}")
print(f"{a}{b}")
r = f"x {a.b} y"
r = f"{a.b.c}"
r = f"{x[k]}"
r = f"{x['k']}"
r = f"{x[k]} "
r = f"x {g(1)}"
r = f"{g()}"
r = f"{a}{g()}"
r = f"{a!r}"
r = f"{a:>10}"
r = "%s and %s" % (a, b)
r = "%s" % (a, b)
r = "a %s" % (a, b)
r = "%s and %s" % (a, b, c)
r = "{}".format(a, k=1)
r = "{}".format(a, b, j=2, k=1)
r = "{}".format(k=1)
r = "one" "two"
r = ("one"
     "two")
r = "http://x.y"
r = 'see https://x'
r = b"http://x"
foo("KEY_12", 1)
foo("key_1")
foo("KEY_")
foo('key_9', b=2)
r = x.startswith("a") or x.startswith("b")
r = x.startswith("a") or y.startswith("b")
r = x.startswith("a") or x.startswith("b") or x.startswith("c")
r = x.a().b().c()
r = x.a().b.c()
r = x.y.a().b(1).c()
r = q.filter(a=1).order_by("x").first()
r = q.filter(a=1).order_by("x").limit(1).all().first()
r = q.filter(a=1).limit(1).order_by("x").first()
foo(a=1, b=2)
foo(b=2, a=1)
foo(b=2, c=3, a=1)
foo(1, b=2, a=1)
foo(1, k=2, *s)
foo(1, *s, k=2)
foo(1, 2, k=3, l=4)
foo(k=3)
foo(1, 2, 2)
foo(2, 2)
foo(x, y, x)
foo(bar(x.secret))
foo(x.secret)
foo(x.secret, 1)
foo(secret)
x = f(x)
x = g(f(x)) + 1
x = f(y)
x = x.strip()
x = x.a.strip()
x.y = x.y + 1
x.y = x.z + 1
x.y += 1
a[k] = a[k] + 1
a[k] = a[j] + 1
a[k] = 1 + a[k]
a, b = b, a
(a, b) = (b, a)
[a, b] = b, a
a, b, c = c, b, a
a, (b, c) = d
a, [b, c] = d
m: dict[str, int] = {}
m: dict = {}
l: list[int]
l: list[int] = []
n: "Node" = None
n: "Node"
n: Node = None


def fn(x):
    assert x is True, "no"
    assert not (x is True), f"no {x}"
    assert x
    assert x is True
    return a or b


def fn2(x):
    return g(a or b, c)


def fn3():
    return a and b


async def co(x):
    await x
    await g(x)
    await x.y


r = d.get(k, 0)[1]
r = d.get(k)[1]
r = (a, b)[c]
r = (a, b, c)[0]
r = (lambda x: x + 1)(2)
r = int(input())
r = int(input("n"), 10)
print("a", file=sys.stderr)
print("a", end="", file=sys.stderr, flush=True)
print("a", sys.stderr)
osp.join("a")
join("a", "b")
ex("a")
os.path.exists("a")
np.random.rand(3)
np.rand(3)
dt.utcnow()
dt.datetime.utcnow()
datetime.utcnow()
OD()
OD(a=1)
ET.parse("x")
ElementTree.parse("x")
ET.fromstring("x")
foo("a" + b)
foo("a" % b, 1)
foo("a" + b + c)
foo(b + "a")
foo("a" + "b")
