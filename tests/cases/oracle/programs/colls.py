[1, 2, 3]
[1, 2]
[1, 1]
[x, x]
[x]
[[1], 2]
[[]]
[]
()
{}
(1, 2)
(1,)
(x, x)
((1, 2), 3)
1, 2
{1, 2}
{2, 1}
{1, 2, 3}
{x}
{'a': 1}
{'a': 1, 'b': 2}
{'b': 2, 'a': 1}
{"a": {}}
{"a": {"b": 1}}
{"x": [1], "y": 2}
{**x}
{**x, 'a': 1}
{'a': 1, **x}
[*x]
[*x, 1]
[1, *x]
(*x,)
[i for i in j]
[i for k in j]
[i for i in j if i]
[i for i in j if i if k]
[(i, k) for i in j for k in l]
[i for i in j for k in l if k]
{i for i in j}
{i: i for i in j}
{k: v for k, v in j}
{k: v for (k, v) in j.items()}
(i for i in j)
[i async for i in j]
dict()
dict(a=1)
dict(x, b=2)
list(x)
list(i for i in x)
x[0]
x[-1]
x[1:2]
x[:]
x[1:]
x[:2]
x[::2]
x[1:2:3]
x[:-1]
x[0][1]
x['key']
x["key"]["key"]
x[i, j]
x[:, 0]
x[0, :]
x[..., 0]
x[...]
x[(1, 2)]
x[1:2, 3:4]
x[i][j][k]
x.y[0]
x()[0]
x[y[0]]
del x[0]
x[0] = 1
x[0] += 1
for x[0] in y: pass
foo([1, 2, 3])
foo((1, 2))
foo({1, 2})
foo({'a': 1})
return_ = [1, [2, [3]]]
lst = [
    1,
    2,
    3,
]
dct = {
    'a': 1,
    'b': [1],
}
a = 'a'
{a: 1}
k = 'key'
x[k]
