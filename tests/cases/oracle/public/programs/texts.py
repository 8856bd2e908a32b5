S = "sa"
foo("a")
foo("ab")
foo("b")
foo('c a')
foo(a)
foo(S)
foo(f"a")
foo(f"a{b}")
foo(r"a")
foo("a" "c")
foo("a" + "c")
foo("n 7")
foo("n 3, 9")
foo("""
b
x
y""")
foo("x\ny")
foo("q1")
foo("r1 q1")
foo(["a"])
foo("a", 1)
foo("")


def foo_f(a):
    pass
foo(a.b)
foo(g("a"))
foo(1)
foo(1 + 2)
foo(None)
foo("a" + b)
foo(lambda: 1)
foo(b"a")
foo(u"ab")
x = "aa"
y = x
z = f"{a}"
foo(self)
