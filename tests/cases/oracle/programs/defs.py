import functools
from dataclasses import dataclass, field
import dataclasses
def f0(): pass
def f1(a): return a
def f2(a, b): return a, b
def f3(a, b=1, c=[]): return b
def f4(a={}, *args, **kw): return kw
def f5(*, a, b=2): return a
def f6(a, /, b, *, c): return c
def f7(a: int, b: str = "x", *c: int, d: bool = False, **e: str) -> None: pass
def f8(a: "int") -> int: return a
def f9(a, *b): yield a
async def f10(a): return await a
async def f11(): pass
def f12():
    """doc"""
    return 1
def f13():
    x = 1
    return x
def f14():
    x = 1
    return x
    print(x)
def f15(x):
    x.go()
def f16(x=None):
    y = 1
    if y:
        x.go()
    return x
def f17(n):
    if n: return f17(n - 1)
    return f17
def f18(n):
    f18(n - 1)
    print(n)
def f19():
    def inner(a): return a
    return inner
def f20():
    x = 1
    def inner(): return x
def f21():
    yield
def f22():
    x = yield 1
    return x
def f23():
    for i in x:
        yield i
def f24():
    return
def f25(): ...
def test_a(): pass
def test_b(x): pass
@dec
def g1(): pass
@dec(1)
def g2(): pass
@app.route("/")
def g3(): pass
@app.route("/", methods=["GET", "POST"])
def g4(): pass
@app.route("/", methods=["POST"])
@login
def g5(a): return a
@login
@app.route("/x")
async def g6(): pass
@app.get("/x")
async def g7(): pass
@app.get
def g8(): pass
@functools.lru_cache(maxsize=None)
@dec
@dec(2)
def g9(): pass
@a.b.c
def g10(): pass
@a[0]
def g11(): pass
class K0: pass
class K1(Base): pass
class K2(Base, Mixin): pass
class K3(metaclass=M): pass
class K4(Base, metaclass=M): pass
class K5(object): x = 1
class K6():
    x = 1
    y = 2
class K7:
    """doc"""
    x: int
    y: int = 3
    z = 4
    def __init__(self, a): self.a = a
    @property
    def p(self): return self.a
    @p.setter
    def p(self, v): self.a = v
    @staticmethod
    def s(): pass
    @classmethod
    def c(cls): return cls()
    def m(self, x=[], *, k): pass
    async def n(self): pass
class K8(models.Model):
    name = 1
    class Meta: ordering = 1
class K9(Exception): pass
class K10(Exception):
    pass
class K11(Exception):
    """doc"""
    pass
class K12(a.b.C): ...
class K13(a.b.C[int], Generic[T]): ...
class FooBar: pass
@dec
class K14: pass
@dataclass
class K15: x: int
@dataclass(frozen=True)
class K16(Base): x: int = 0
@dataclasses.dataclass
class K17: y: int
class K18(Base, *bases, **kw): pass
class K19:
    for i in x: pass
    if a:
        z = 1
    else:
        def q(self): pass
class K20(*b): x = y = 1
fn = lambda x: g(x)
fn = lambda x, y: g(x, y)
fn = lambda x: g(y)
fn = lambda: g()
def f26(a, *, b): pass
def f27(a,
        b=[],
        ):
    pass
def f28(self, a): pass
def f29(x): x.go(); return x
