r = 1 < x <= 3
r = "a" "b"
r = ("a"
     "b" "c")
r = f"{a}b" "c"
r = "a" + "b"
r = f"{a}{b}"
r = f"ab"
r = u"a" "b"
r = "x" u"b"
r = "x" 'b'
r = f"{a}" "b" f"{c}"
r = b"a" b"b"
r = g("a" "b")
r = "a" "b" + c
