import flask
import hashlib
import os
import subprocess
import yaml
import requests
from flask import redirect, request as req
from hashlib import md5 as digest, new
from pathlib import Path
from typing import Optional
import werkzeug.utils as wu

app = flask.Flask(__name__)
app.config["SECRET_KEY"] = "abc"
app.config["OTHER"] = "abc"
app.config["API_TOKEN"] = os.environ["T"]
db_password = "hunter2"
db_password = "<here>"
token = "abc"
TOKEN_TWO = f"secret{token}"
self_token: str = "longer"


@app.route("/go/<url>")
def go(url):
    return redirect(url)


@app.route("/go2", methods=["GET", "POST"])
def go2(a, url=None, *rest):
    db.execute("select " + a)
    db.execute("select %s" % a)
    db.execute(f"select {a}")
    db.execute("select {}".format(a))
    db.execute("select 1")
    q = "select " + a
    db.execute(q)
    return wu.redirect(url, code=301)


@app.route("/x", methods=["GET"], strict=True)
async def go3(x):
    page = req.args.get("page")
    token = flask.request.form.get("csrf_token", None)
    user = flask.request.cookies.get("user", "")
    user = flask.request.headers.get("user", "")
    name = req.args.get(x)
    db.execute("SELECT a, b FROM t WHERE x = 1", x)
    db.execute("""
        SELECT a
        FROM t""")
    db.execute("DROP  TABLE t")
    db.execute("delete from t" "x")
    return redirect(page + token)


def plain(url):
    return redirect(url)


def cookies(r, kw):
    r.set_cookie("a", "b", httponly=False)
    r.set_cookie("a", "b", secure=True, httponly=None)
    r.set_cookie("a", secure=True)
    r.set_cookie("a", **kw)
    r.set_cookie("a", httponly=True, **kw)
    off = False
    r.set_cookie("a", httponly=off)


def hashes(data):
    hashlib.new("MD5", data)
    new("sha1")
    hashlib.new("sha256")
    hashlib.md5(data)
    digest(data)
    hashlib.sha1(data, usedforsecurity=False)
    hashlib.sha256(data)
    name = "md5"
    hashlib.new(name, data)


def numbers():
    RSA.generate(1024)
    RSA.generate(2048, e=3)
    RSA.generate(1024 * 2)
    RSA.generate(BITS)
    n = 512
    RSA.generate(n)
    os.chmod("p", 0o777)
    os.chmod("p", 0o755)
    os.chmod("p", 0o700)
    os.chmod("p", 511, follow=True)
    connect("http://example.org", port=8080)
    connect("http://localhost", port="8443")
    connect("https://x", port=80)
    connect("x", port=9000)
    connect(b"http://x", port=None)
    ratio(6, 2)
    ratio(7, 7)
    ratio(9, 1)
    ratio(8.0, 3)
    ratio(-9, 2)
    ratio(x, 2)
    ratio("9", 2)


def commands(cmd, *args):
    subprocess.run(cmd, shell=True)
    subprocess.run("ls", shell=True)
    subprocess.Popen(cmd, stdout=1, shell=True, text=True)
    subprocess.run(cmd, shell=False)
    os.system(cmd)
    os.system("ls " + cmd)
    os.system("ls")
    os.system(f"ls {cmd}")
    subprocess.run(["/bin/bash", "-c", cmd])
    subprocess.check_call(["sh", "-c", cmd, *args], env=None)
    subprocess.check_call(["zsh", "-x", cmd])


def loads(s):
    yaml.load(s)
    yaml.load(s, yaml.Loader)
    yaml.load(s, Loader=yaml.SafeLoader)
    yaml.load(s, Loader=yaml.FullLoader)
    yaml.load(stream=s)
    from yaml import SafeLoader, load
    load(s, Loader=SafeLoader)
    load(s)


def nets(url, kw):
    requests.get(url)
    requests.get(url, timeout=3)
    requests.post(url, **kw)
    requests.delete(url)
    requests.put(url, json={}, headers={})
    with requests.Session() as s:
        s.get(url, verify=False)
        s.post(url, data=1, verify=False, timeout=2)
    with requests.Session() as a, open(url) as b:
        a.get(url, verify=False)
    t = requests.Session()
    t.verify = False
    t.get(url)
    u: requests.Session = make()
    u.verify = False
    u.get(url)
    v = requests.session()
    v.verify = False


def typed(s: str, p: Path, sess: requests.Session, q: Optional[str] = "", r: int | None = 3, z: Optional[int] = None):
    get(s)
    get(1, "x", s)
    get(p)
    local = "abc"
    get(local, other)
    sess.get(s)
    p.write_text(s)
    p.write_text(s, encoding="utf-8")
    Path("x").write_text(s)
    w = Path("x")
    w.write_text(s, "utf-8")


class A(View):
    def post(self, request):
        pass


class B(LoginMixin, View):
    def post(self):
        pass


class C(View):
    login_required = True

    def get(self):
        pass

    def post(self):
        return 1


class D(View, Other):
    x = 1

    def post(self, request, *args):
        return request.GET["a"]


class M(models.Model):
    name = models.CharField(max_length=3, null=True)
    code = models.CharField(null=True, unique=True, blank=True)
    other = models.CharField(null=True, blank=True, unique=True)
    text = models.TextField(null=True)

    class Meta:
        fields = "__all__"
        ordering = ["x"]


class F(Form):
    class Meta:
        model = M
        fields = ("a",)


def view(request, page):
    a = request.GET["x"]
    b = request.GET.get("page", 1)
    c = request.GET.get("id")
    page.GET["no"]
    return b


def echo(r):
    name = r.args.get("n")
    return "hello " + name


def no_echo(r):
    name = r.args.get("n")
    return 1


def lam(r):
    x = r.args.get("n", default=2)
    if x:
        return [y for y in x.split()]
    return None
