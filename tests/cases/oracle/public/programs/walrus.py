def walrus(items, data):
    if (x := f(data)) is not None:
        use(x)
    if (x := f(data)) is None:
        use(x)
    while (y := f(data)):
        use(y)
    while y := f(1):
        use(y)
    r = [y for x in items if (y := f(x))]
    r = [z for x in items if (y := f(x))]
    foo(z := 3)
    foo((z := 3), 1)
    return a or b



foo(a := 1)
foo(1, a := 1)
foo(a=1)
[a := 1, 2]
x[a := 1]
