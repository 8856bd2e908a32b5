from __future__ import annotations
import os
import os, sys
import os.path
import os.path as p
import numpy as np
import a.b.c
import a.b.c as abc
from os import path
from os import path as pp, sep
from os import (path, getcwd as g)
from os.path import join
from os.path import join as j, exists
from a import b
from a import b as c
from a.b import c as d
from a.b import c
from a import *
from . import x
from .. import y
from ... import z
from .pkg import x
from .pkg.sub import x as w
from ..pkg import v
import pickle
from pickle import loads
from pickle import loads as ld
import yaml
from yaml import load, SafeLoader, Loader as L
import hashlib as h
from hashlib import md5
from flask import request
import flask
import datetime
import datetime as dt
from datetime import datetime as DT
import logging
os.path.join(1)
p.join(1)
path.join(2)
pp.join(3)
join(4)
j(5)
pickle.loads(1)
loads(1)
ld(1)
c(1)
d(1)
abc(1)
a.b.c(2)
b.c(1)
yaml.load(x, Loader=yaml.Loader)
yaml.load(x, Loader=L)
load(x, Loader=yaml.FullLoader)
load(x, Loader=SafeLoader)
os.environ["X"]
os.environ.get("X")
h.md5()
md5(1)
hashlib.md5()
request.args.get("x")
flask.request.args.get("y")
datetime.datetime.now()
datetime.now()
dt.datetime.now()
DT.now()
logging.getLogger(__name__)
def fn():
    import os.path as local
    local.join(1)
    from a.b import c as inner
    inner(1)
inner(2)
def shadow(pickle):
    pickle.loads(1)
class K:
    from pickle import loads as cl
    cl(1)
    def m(self):
        return cl(1)
try:
    import simplejson as json
except ImportError:
    import json
json.loads(1)
if x:
    from pickle import dumps, loads as z2
z2(1)
