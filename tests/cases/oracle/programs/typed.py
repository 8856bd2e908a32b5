import pathlib
import mod
from pathlib import Path
from typing import List, Optional
from sqlalchemy.orm import Session
import sqlalchemy
from mod import Cls as Aliased
def f(a: str, b: int, c: List[int], d: Optional[str], e: MyClass, f: mod.Cls, g: "str", h: Aliased, i: pathlib.Path, j: Path, k: Session, l=1, m="x", *n: str, **o: int):
    foo(a)
    foo(b)
    foo(c)
    foo(d)
    foo(e)
    foo(f)
    foo(g)
    foo(h)
    foo(i)
    foo(j)
    foo(k)
    foo(l)
    foo(m)
    foo(n)
    foo(o)
    a.go()
    b.go()
    c.go()
    e.go(1)
    f.go()
    h.go()
    j.go()
    k.go(1, 2)
    a + b
    b == b
    x = a
    x = b
    return a
foo("lit")
foo(1)
foo(1.5)
foo(True)
foo(None)
foo([1])
foo({})
foo({1})
foo((1,))
foo(b"x")
foo(f"x{1}")
foo("a" + "b")
foo(1 + 2)
foo(not x)
foo(a == b)
foo(MyClass())
foo(mod.Cls())
foo(Path("x"))
foo(pathlib.Path("x"))
foo(Session())
foo(sqlalchemy.orm.Session())
foo(str(1))
foo(int("1"))
foo(list())
foo(-1)
foo([i for i in j])
foo(lambda: 1)
v: str = g()
foo(v)
w: int
foo(w)
u: List[int] = []
foo(u)
s = "abc"
foo(s)
n = 5
foo(n)
c = MyClass()
foo(c)
c.go()
MyClass().go()
Path("x").go()
p = Path("x")
p.go()
foo(p)
q = pathlib.Path("x")
q.go(2)
foo(q)
r = mod.Cls(1)
r.go()
foo(r)
l = [1, 2]
foo(l)
d = {}
foo(d)
def g():
    z: str = h()
    foo(z)
    y: "MyClass" = h()
    y.go()
    k = Session()
    k.go()
    k = other()
    k.go()
    with Session() as t:
        t.go()
    for i in range(3):
        foo(i)
    return "x"
class K:
    attr: str = "a"
    def __init__(self, a: str, b: MyClass):
        self.a = a
        self.b = b
        self.c: int = 1
        foo(self.a)
        foo(a)
        b.go()
    def m(self):
        foo(self.attr)
        foo(self.c)
        self.b.go()
        return self.attr
"lit".go()
"a" + x
f"a" + x
async def h(a: str, b: "int"):
    foo(a)
    foo(b)
fn = lambda a: foo(a)
def opt(a: str | None, b: Optional[MyClass], c: str = None):
    foo(a)
    foo(b)
    foo(c)
    b.go()
