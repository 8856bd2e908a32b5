from a import b as c

b.q = 2
f(b)
f(c)


def g(b):
    f(b)
    b.q = 3


def h(c):
    f(c)


if d:
    b = 2
    f(b)
    c.q = 4
