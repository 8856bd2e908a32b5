import os
import os.path as osp
import subprocess as sp
import requests as rq
from requests import get as fetch, post
from subprocess import run, call as c
x = 1
fetch("u", verify=False)
rq.get("u", timeout=3, verify=False)
rq.get("u", verify=False, timeout=3)
rq.get("u", verify=True)
fetch(*args, verify=False)
sp.run("ls", shell=True)
run(["ls"], check=True, shell=True)
c(cmd, shell=flag)
requests.get("u", verify=False)
open("p", "r")
open("p", mode="w")
open("p", mode="w", encoding="utf8")
open(file="p", mode="w")
foo(*a)
foo(**a)
foo(1, *b, k=3, **d)
foo(1, *b, **d, k=3)
foo(x)
foo(1, x)
foo(x, 1, 2)
foo(1, 2, x, 3, x)
foo(y=1, x=2)
foo(x=1, y=2)
foo(x=1, y=2, z=3)
foo(1, key=2)
foo(key=2)
foo(1, 2, key=3, other=4)
foo(other=4, key=3)
foo(a, a)
foo(1, a, a, 2)
foo(a, 1, a)
foo(a, b=a)
foo()
foo(1)(2)
foo()()
q.foo(1).bar(2)
q.z.foo().bar()
foo().foo().bar()
q.filter(1).all().first()
q.filter(1).first()
q.a.b.filter(z=1).x.y.first()
q.filter.first()
db.session.query(M).filter(M.a == 1).order_by(M.b).first()
q.foo()
q.w.foo()
q().foo()
q[0].foo()
q.foo(1)
app.route("/")
app.x.route()
print("%s" % x)
print("a %d" % (x, y))
print(f'abc')
print(f'{x}')
print('abc')
g(key=1)
g.h(key=1, z=2)
g(1, key=1)
foo(*a, 1)
foo(1, *a, 2)
foo(i for i in j)
foo((i for i in j))
sum([i * 2 for i in j])
sum(i for i in j)
sum([i for i in j if i])
self.go(1)
self.a.go(1)
class K(B):
    def m(self):
        self.go()
        super(K, self).__init__(1)
        super().__init__(1)
a.b.c(1)
a.b.c.d(1)
a.b().c(1)
a[0].foo()
a[i].foo(1, 2)
a['k'][0].foo()
if len(x) == 0: pass
if 0 == len(x): pass
if len(x) != 0: pass
type(a) == type(b)
type(a) is type(b)
z = d.get("k") or 5
z = d.get("k", 1) or 5
z = d.get("k") or 5 or 6
os.path.join("a", "..", "b")
osp.join("a", "..")
os.path.join("a", b)
up = ".."
os.path.join("a", up, "b")
def deco():
    up2 = ".."
    os.path.join("a", up2, "b")
    return foo
@foo(1)
def z(): foo(x, )
foo(
    1,  # comment
    x,
)
(foo)(x)
foo(x)if 1 else 2
