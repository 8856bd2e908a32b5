def flow1():
    foo(10, "a %s" % "b")
    foo(11, "a" % "b")
    foo(12, "a %d" % 3)
    foo(13, "a %s" % x)
    foo(14, x % "b")
    foo(15, "a %s" % ("b", "c"))
    foo(16, "a %s" % ("b",))
    foo(17, "a".format("b"))
    foo(18, 3 % 2)
    foo(19, "a" * 3)
    z = "k %s" % "l"
    z = "k %s" % 4
    foo(22, z)
    z = "k %s" % None
    foo(23, z)
    z = "k %s" % q()
    foo(24, z)
    foo(25, 5 % "b")
    foo(26, "a" - "b")
    foo(27, "a" / 3)
    foo(28, "a" == "b")
    foo(29, "a" * x)
    foo(30, x * "a")
    foo(31, 3 * "a")
    foo(32, "a" + 3)
    foo(33, "a" + x)
    foo(34, True % "b")
    foo(35, b"a %s" % b"c")
    foo(36, f"a %s" % "c")
    foo(37, "a" | "b")
    foo(38, "a" @ "b")
    foo(39, "a" ** "b")
    foo(40, "a" << "b")
    foo(41, "a" // "b")
    foo(42, "a" & "b")
    foo(43, "a" < "b")
    foo(44, "a" in "b")
    foo(45, "a" and "b")
    foo(46, not "a")
    foo(47, -"a")
    foo(48, 1.5 % 2)
    foo(49, 1.5 + 2)
    foo(50, 1.5 + "a")
    foo(51, None + "a")
    foo(52, True + "a")
    foo(53, True + 1)
    foo(54, 1 + True)
    foo(55, "x" if u else "y")

def flow2():
    a = "s"
    try:
        pass
    except E:
        pass
    foo(100, a)

def flow3():
    a = "s"
    try:
        b = 1
    except E:
        a = "q"
    foo(101, a)

def flow4():
    try:
        a = "s"
    except E:
        return
    foo(102, a)

def flow5():
    try:
        a = "s"
    except E:
        pass
    foo(103, a)

def flow6():
    a = "s"
    try:
        g()
    except E:
        pass
    foo(104, a)

def flow7():
    a = "s"
    try:
        g()
    finally:
        h()
    foo(105, a)

def flow8():
    try:
        a = "s"
    finally:
        h()
    foo(106, a)

def flow9():
    a = "s"
    try:
        g()
        a = "t"
        h()
    except E:
        foo(107, a)
    else:
        foo(108, a)
    finally:
        foo(109, a)
    foo(110, a)

def flow10():
    a = "s"
    try:
        a = "t"
    except E:
        foo(111, a)
    foo(112, a)

def flow11():
    a = "s"
    try:
        a = "t"
        raise Q
    except E:
        foo(113, a)
    foo(114, a)

def flow12():
    a = "s"
    try:
        return g()
    except E:
        foo(115, a)
    foo(116, a)

def flow13():
    try:
        g()
        a = "s"
    except E:
        a = "s"
    foo(117, a)

def flow14():
    a = "s"
    try:
        try:
            b = 1
        except E:
            pass
        foo(118, a)
    except F:
        a = "z"
    foo(119, a)

def flow15():
    try:
        a = "s"
        b = "y"
        foo(120, a)
    except E:
        foo(121, a)
        foo(122, b)
    finally:
        foo(123, a)
    foo(124, a)

def flow16():
    a = "s"
    try:
        a = "t"
        a = "u"
    except E:
        foo(125, a)
    else:
        a = "v"
    foo(126, a)

def flow17():
    a = "s"
    try:
        x = y
    except E:
        a = "t"
    except F:
        a = "t"
    else:
        a = "t"
    foo(127, a)

def flow18():
    try:
        pass
    finally:
        a = "s"
    foo(128, a)

def flow19():
    a = "s"
    try:
        x.y = 2
    except E:
        a = "t"
    foo(129, a)

def flow20():
    a = "s"
    try:
        b = x.y
    except E:
        a = "t"
    foo(130, a)

def flow21():
    a = "s"
    try:
        b = [1, 2]
    except E:
        a = "t"
    foo(131, a)

def flow22():
    a = "s"
    try:
        if b: c = 1
    except E:
        a = "t"
    foo(132, a)

def flow23():
    a = "s"
    while q:
        try:
            break
        except E:
            a = "t"
    foo(133, a)

def flow24():
    a = "s"
    with g() as b:
        pass
    foo(134, a)

def flow25():
    a = "s"
    try:
        b = 1 + c
    except:
        a = "t"
    foo(135, a)

def flow26():
    a = "s"
    try:
        import q
    except ImportError:
        a = "t"
    foo(136, a)

def flow27():
    a = "s"
    try:
        assert b
    except ImportError:
        a = "t"
    foo(137, a)

def flow28():
    a = "s"
    try:
        del b
    except ImportError:
        a = "t"
    foo(138, a)

def flow29():
    a = "s"
    try:
        def q(): pass
    except ImportError:
        a = "t"
    foo(139, a)

def flow30():
    a = "s"
    try:
        for i in b: pass
    except ImportError:
        a = "t"
    foo(140, a)

def flow31():
    a = "s"
    try:
        b
    except ImportError:
        a = "t"
    foo(141, a)

def flow32():
    a = "s"
    try:
        b[0]
    except ImportError:
        a = "t"
    foo(142, a)

def flow33():
    a = "s"
    try:
        b = c[0]
    except ImportError:
        a = "t"
    foo(143, a)

def flow34():
    a = "s"
    try:
        b = yield c
    except ImportError:
        a = "t"
    foo(144, a)
