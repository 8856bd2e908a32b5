import socket
x = open("f")
y = 1
x.close()
x = open("g")
x.read()
def f():
    x = open("h")
    if x:
        x.close()
    return x
def g():
    x = 1
    z = x
    return z
foo()
bar()
foo()
baz()
bar()
if a:
    foo()
    bar()
else:
    foo()
def h():
    foo()
    for i in y:
        bar()
    x = foo()
    if x: pass
    x = foo()
    print()
    if x: return x
    while x:
        foo()
    bar()
def k():
    import m
    m.go(1)
    q()
    q()
    q()
    r(); r()
a = 1
c = 2
b = 1
l.append(1)
l.append(2)
l.append(3)
l.extend(1)
m.append(1)
lock.acquire()
try:
    work()
finally:
    lock.release()
class K:
    foo()
    bar()
    a = 5
    b = 5
with lock:
    foo()
    bar()
try:
    foo()
except E:
    bar()
else:
    bar()
import socket
socket.go()
foo()
@dec
def t(): bar()
lock2.acquire()
lock2.release()

foo()
foo(1)
foo(1, 2)
foo(3)
foo(1, 3)
foo(k=1)
foo(2, k=1)
foo(*a, **b)
bar([], [1], [1, 2], (), (1,), {1}, {}, {"a": 1})


def none(): pass
def one(a): pass
def two(a, b): pass
class None_: pass
class One(B): pass
class Two(B, C): pass
