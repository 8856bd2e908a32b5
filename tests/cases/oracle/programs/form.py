import os
import time
foo(1)
foo(2)
foo(x)
foo("abc")
foo('abc')
foo("")
foo(bar(1))
foo(bar(1) + 2)
foo(a + b)
foo(1, 2)
foo(2, 1)
foo(1, timeout=3)
foo(**kw)
foo(timeout=3, **kw)
foo("select x from y")
foo("x select")
foo("abc", 1, key=2)
foo(-1)
foo(-10)
foo(100)
foo(1.5)
foo(2.5)
foo(0x10)
foo(True)
foo(abc)
foo(f"abc")
foo("abcd")
foo("zabc")
foo(None)
bar(1)
bar(x)
# TODO: fix this
# todo later
my_secret = 1
your_secret = "sk_live"
key = "sk_test_123"
password = "hunter2"
db_password = 'x'
PASSWORD = get()
def f(x):
    foo(x)
    foo(1)
    bar(x)
    if x:
        foo(x)
        foo(y)
    for x in y:
        foo(x)
        x.go()
    x.go()
    with lock:
        foo(3)
    with a as b:
        foo(4)
    return foo(x)
def test(y):
    foo(y)
    return y
def test_one(): pass
class C(Base):
    foo(5)
    def __init__(self):
        foo(6)
        self.a = 1
    def m(self):
        foo(7)
        self.b = 2
        return self.b
    async def n(self):
        time.sleep(1)
        def inner():
            time.sleep(2)
        return inner
class D:
    def __init__(self):
        self.c = 3
c = Cls(1)
c.go()
d = Cls()
if x:
    d.go()
e = other()
e.go()
e.close()
def g():
    c.go()
    h = Cls()
    h.go()
    h.close()
    h.go()
open("a")
with open("b") as f: pass
with open("c"): pass
with x, open("d"): pass
h = open("e")
h.read()
h.close()
i = open("g")
i.read()
def k():
    j = open("h")
    try:
        j.read()
    finally:
        j.close()
os.chmod("p", 0o777)
os.chmod("p", 0o755)
os.chmod("p", 7)
try:
    a
except ImportError:
    pass
try:
    a
except ValueError:
    pass
x = foo(1)
x.go()
x = foo(5)
y = bar(1)
@app.route("/")
def view(): pass
@login
@app.get("/")
def view2(a, b=1, *, c: int = 2): return a
class E(MyBase, mod.OtherBase): pass
class F(mod.Base): pass
Cls().go()
Cls(1).run()
Cls(1).walk()
time.sleep(3)
async def co():
    time.sleep(4)
    await foo(1)
v = f"{user_id} and {name}"
v = f"{user.id}"
def dflt(a, b=[], c={}, d=foo(1)) -> int:
    a: int = 3
    global z
    for p, q in a: pass
    return a
