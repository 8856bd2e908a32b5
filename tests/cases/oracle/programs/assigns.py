from typing import List, Optional
import typing as t
a = 1
a = a
a = b = 2
a = b = c = None
a += 1
a += b
a -= 1
a |= {1}
a: int = 3
a: "int" = 4
a: t.List[int] = []
b: List[int] = []
c: Optional[str] = None
c: Optional[int]
d: int
self.d: int = 5
a, b = b, a
(a, b) = (b, a)
a, b = c
(a, b) = f()
[a, b] = f()
a, *b = f()
*a, b = f()
a, b, c = f()
a, (b, c) = f()
obj.attr = 1
obj.attr = obj.attr
obj.a.b = 2
obj[0] = 1
obj["k"] = v
obj[0][1] = 2
obj[1:2] = [3]
obj.k[0] = 3
if (n := f()): pass
if (n := f()) > 3: pass
while (n := f()): pass
print(n := f(3))
x = []
x = [1]
x = {}
x = {1}
x = {"a": 1}
x = ()
x = (1, 2)
x = 1, 2
x = (1)
x = lambda: 0
x = lambda y: y
x = lambda y, z=1: y
x = lambda *y: y
x = a if b else c
x = not b
x = b"x"
x = foo(1)
x = bar(foo(1))
x: foo = foo(1)
y = x = foo(2)
async def co():
    r = await f()
    r: int = await f()
    await g()
    return await h()
def gen():
    v = yield 1
    v = yield
    v = yield from z
    yield
    yield 2, 3
    (yield 4)
    x = (yield 5)
    foo((yield))
class K:
    a: int = 1
    b = 2
    c: str
    def __init__(self, v):
        self.a = v
        self.b: int = v
        self.a += 1
        self.c, self.d = v
        v = v
for i in x: i = i
with f() as g: g = g
x = x; y = y
x = \
    x
x = (
    x
)
x.y = x.y
x = None if y else None
a = a = a
x = ...
x = [...]
