"""Docstring here."""
from db import execute
secret = "secret"
name = 'secret'
foo("secret")
foo(secret)
foo('sec' 'ret')
foo("sec" + "ret")
foo("")
foo("abc")
foo('''abc''')
foo(f"secret")
foo(f"a{x}b")
foo(f"{x}")
foo(f"{x!r}")
foo(f"{x:>10}")
foo(f"{x:{w}}")
foo(f"{x}" "tail")
foo("head" f"{x}")
foo(f"{x} and {y}")
foo(f"{x + 1} and {y.z()}")
foo(f"{x}{y}")
foo(f"{{literal}} {x}")
foo(f"{x=}")
foo(f'{"nested"} {y}')
foo(f'''multi
{x}
line''')
foo(b"bytes")
foo(rb"bytes")
foo(r"raw\d")
foo(u"uni")
foo(R"raw")
foo(fr"raw{x}")
foo("esc\n\"q\"")
foo("é unicode")
"a b".format(x)
x.format(1)
f"{x}".format(y)
"%s" % x
"%s %s" % (x, y)
x % "abc"
"a" + x
x + "a"
"a" + "b"
"a" + "b" + x
"a" + x + "b"
", ".join(xs)
"".join([a, b])
sep.join(xs)
sep = "-"
sep.join(ys)
execute("select " + x)
execute("select " + x + " from y", 1)
execute(f"select {x}")
execute(f"select {x} from {y}", [1])
execute(f"select 1")
q = "select " + x
execute(q)
q2 = f"select {x}"
execute(q2)
if method == "POST": pass
if method == "post": pass
if "POST" == method: pass
if method == "POST1": pass
if method == f"POST": pass
login(password="hunter2")
login(user, password="hunter2")
login(password=pw)
pw2 = "hunter"
login(password=pw2)
password = "hunter"
password: str = "hunter"
foo(1, password="", y=2)
d = {"a": "secret", "secret": 1}
d["secret"]
x = ("secret",
     'secret')
def f(a="secret"):
    """doc of f"""
    return "secret"
class K:
    "class doc"
    attr = "secret"
    def g(self):
        '''doc g'''
        return self.attr
"a" "b"
foo("a" "b")
foo("a"
    "b")
foo("ab")
foo("section")
foo("insecure")
foo(f"sec{x}")
match_ = "sec\
tion"
def g():
    s = "secret"
    foo(s)
    s = other()
    foo(s)
    t: str = "secret"
    foo(t)
    for i in "secret": foo(i)
    foo(s if x else "secret")
global_key = "KEY"
def h():
    foo(global_key)
    return global_key == "KEY"
