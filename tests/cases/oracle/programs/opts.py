one = 1
foo(one)
abc = "abc"
foo(abc)
def f():
    two = "abc"
    foo(two)
    foo(one)
if a and b: pass
b and a
a or b
b or a
a and b and c
a + b
b + 1
1 + b
a | b | c
c | a
a or b or x
x == None
None == x
1 == x
x == 1
x != 1
1 != x
x is None
y = foo(1)
return_ = [foo(1)]
foo(foo(1))
a = 1
a: int = 1
class K:
    a = 1
    x = 1
    y = 2
    def m(self): self.a = 1
@dec
def g(): return 1
@dec(1)
def h(): return
@app.route("/")
@b
@a
def i(): pass
@a
@b
def j(): pass
@a
@c
@b
def k(): pass
foo()
if x:
    bar()
foo(lambda: bar(1))
foo(x.y(bar(2))[0])
foo([bar(3)])
foo(a, a)
foo(a, b)
a = a
b and a or c
c or a and b
True and x
x and True
while a or foo(1): pass
for i in foo(bar(1)): pass
with open(foo(1)) as q: pass
assert x == 1, foo(1)
assert not (x == 1)
def r(x):
    y = 1
    return x + foo(x)
def s(x):
    return [x]
if not x == None: pass
if f(x == None): pass
x.go() + 1
f(x.go(1)) + 1
d = {"a": 1, "b": foo(1)}
l = [i for i in range(3)]
fn = lambda q: q
