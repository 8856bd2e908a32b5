import re

HOST = "localhost"
PORT = 80
KEY = "AKIA12345678"
print("AKIA12345678")


def c1():
    connect(HOST, PORT)
    connect("localhost", 80)
    host = "localhost"
    connect(host, 8080)
    connect(h, port=80)


def c2(x):
    cmd = build(x)
    run(cmd)
    run(build(x))
    text = "a" + x
    run(text)
    if x:
        cmd = other(x)
    run(cmd)
    loop = build(x)
    for i in x:
        run(loop)
        loop = i


def c3(a, b):
    r = a or None
    r = None or a
    r = a and check() and b
    r = check() and a and b
    r = a and b and check()
    r = a and check()
    r = re.I | re.MULTILINE
    r = re.MULTILINE | re.I
    r = re.I | re.MULTILINE | re.X
    r = a == None
    r = None == a
    r = None is a


@retry
def c4(user_id, item_id, other_id):
    # TODO: this
    # TODO(joe): that
    x = 1  # FIXME trailing
    #FIXME now
    user = user_id
    return item_id


@retry(3)
def c5():
    retry()
    print("x", file=f)
    print("y")


if __name__ == "__main__":
    print("main")
    c5()
user_id = 3


class K:
    @retry
    def go(self): pass
