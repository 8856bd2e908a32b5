import contextlib
with open("x") as f: pass
with open("x"): pass
with open("x") as f, open("y") as g: pass
with a, open("y") as g: pass
with (open("x") as f, open("y") as g): pass
with (open("x")) as f: pass
with open("x") as f:
    y = 1
    f.read()
with open("x") as f:
    if y:
        f.read()
with open("x") as (a, b): pass
with lock: pass
with contextlib.suppress(E): pass
async def c():
    async with a as b: pass
    async with a: pass
    async for x in y: pass
    async with open("x") as f, a as b: await f
    return await b
try: pass
except: pass
try: pass
except E: pass
try: pass
except E as e: pass
try: pass
except Exception: pass
try:
    a
except Exception:
    pass
try:
    a()
except (A, B): pass
try:
    a()
except (A, B, C) as e:
    print(e)
try: pass
finally: pass
try: pass
except E: pass
else: pass
try: pass
except E: pass
finally: pass
try: pass
except E: pass
else: pass
finally: pass
try: pass
except A: pass
except B: pass
try: pass
except A: pass
except B: pass
except: pass
try:
    x = 1
    foo()
    y = 2
except E:
    log()
try:
    foo()
except E as e:
    log()
    raise e
try:
    foo()
except E as e:
    raise
except F as g:
    if a:
        raise g
try:
    a
except:
    b
try:
    a
    c
except:
    b
def ifs(x, y):
    if x: pass
    if x:
        return True
    else:
        return False
    if x: return 1
    elif y: return 2
    if x: return 1
    elif y: return 2
    else: return 3
    if not x: return
    if x == y: return x
    return y
def ifs2(x):
    if x:
        return 1
    return 2
if a.danger(1): pass
if not a.danger() and b: pass
if a:
    a.danger()
if f(a.b.danger(2)): pass
if a: b
if a:
    b
    c
if (a): pass
if __name__ == "__main__": main()
if "__main__" == __name__: main()
if a: pass
elif b: pass
elif c: pass
else: pass
if a:
    pass
else:
    if b: pass
for x in y: pass
for x in range(3): pass
for i in range(len(x)): x[i]
for i in range(0, len(x)): pass
for k, v in d.items(): pass
for (k, v) in d.items(): pass
for k, (a, b) in d.items(): pass
for k in d.items(): pass
for x in y:
    y.remove(x)
for x in y:
    if x:
        y.remove(x)
    else: z.remove(x)
for x in y: pass
else: pass
for x in [1, 2]: pass
for x in (1, 2): pass
for x in 1, 2: pass
for x, in y: pass
for x.a in y: pass
for x[0] in y: pass
while True: pass
while True:
    if x: break
while True:
    x()
    break
while 1: pass
while x:
    continue
while x: pass
else: pass
def rets(a, b):
    return
    return a
    return (a, b)
    return a, b
    return (a)
    return a == b
    return not a
    return None
    return [a, b]
    return (yield a)
    return lambda: a
def raises():
    raise
    raise E
    raise E()
    raise E("m", 1)
    raise E from e
    raise E() from None
    raise E("x") from e
    raise a.b.E("x")
    raise (E)
def asserts():
    assert a
    assert a, "m"
    assert (a, "m")
    assert a == b
    assert a == b, "m"
    assert isinstance(a, int)
    assert not isinstance(a, int)
    assert isinstance(a, (int, str)) and b
def dels():
    del a
    del a, b
    del (a, b)
    del a[0]
    del a[0], b[1]
    del a.b
    del a[0:1]
    del (a)
    del [a, b]
def globs():
    global a
    global a, b
    global a, b, c
    def inner():
        nonlocal x
        nonlocal x, y
