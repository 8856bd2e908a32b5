x == x
x == y
x != x
x.a == x.a
f(x) == f(x)
x[0] == x[0]
x == None
None == x
x is None
x is not None
not x is None
x in y
x not in y
not x in y
not (x in y)
x and y
x and y and z
(x and y) and z
x and (y and z)
x or x
x or y
y or x or x
a or b
b or a
a or b or c
x and y or z
x + y
x + y + z
x + (y + z)
1 + x
x + 1
1 + 2
1 + 2 + x
x < y
x < y < z
x > y
x >= y
y <= x
-x
-1
+x
~x
not x
not not x
x ** 2
x ** -2
x * 1
1 * x
x | y
x | y | z
x & y
x @ y
x // y
x << y
x - x
x - y - x
(x - y)
x if x else y
x if y else z
x == True
True == x
x is True
not (x == y)
not x == y
x in [1, 2]
x in (1, 2)
x in ()
x in {1}
lambda: 0
lambda x: x
lambda x: y
lambda *x: x
lambda x, y: x
lambda x=1: x
lambda **k: k
async def f():
    await x
    await x.y()
    yield x
    return
def g():
    yield from x
    yield
    yield x, y
...
def h(): ...
class C: ...
True
None
42
42.0
4_2
0x2a
1.5
1.50
15e-1
0x1F
31
0b11111
1j
x.y
x.y.z
x().y
self
self.x
x._private
x._private()
def m(self): return self
a = 42
a
b = -1
b
c = a
c
a == a
x == y == z
x is y is not z
x not in y is z
x if (y if z else w) else v
assert x == x, "m"
x == (x)
(x) == x
if x == x and y == y: pass
while not x: pass
print(x == x)
x  ==  x
x == \
    x
a = b = 42
b
