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
    foo(20, "a %s" % y % "c")
    z = "k %s" % "l"
    foo(21, z)
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

def flow35():
    a = "s"
    try:
        b = await c
    except ImportError:
        a = "t"
    foo(145, a)

def flow36():
    a = "s"
    try:
        b = f"{c}"
    except ImportError:
        a = "t"
    foo(146, a)

def flow37():
    a = "s"
    try:
        b = lambda: g()
    except ImportError:
        a = "t"
    foo(147, a)

def flow38():
    a = "s"
    try:
        b = [x for x in c]
    except ImportError:
        a = "t"
    foo(148, a)

def flow39():
    try:
        a = "t"
    except ImportError:
        a = None
    foo(149, a)

def flow40():
    a = "s"
    try:
        b = int("3")
    except ValueError as a:
        pass
    foo(150, a)
try:
    g()
    M = "s"
except E:
    M = "s"
foo(151, M)
try:
    N = "s"
except E:
    N = "t"
foo(152, N)
def flow41():
    a = "s"
    try:
        a = g()
    except E:
        foo(160, a)
    foo(161, a)
def flow42():
    a = "s"
    try:
        b = 1
    except E:
        a = "t"
        foo(162, a)
    foo(163, a)
def flow43():
    a = "s"
    try:
        a = "t" + g()
    except E:
        foo(164, a)
    foo(165, a)
def flow44():
    a = "s"
    try:
        try:
            g()
        except E:
            a = "t"
        foo(166, a)
    except F:
        foo(167, a)
    foo(168, a)
def flow45():
    a = "s"
    try:
        try:
            g()
        except E:
            a = "t"
            raise
        foo(169, a)
    except F:
        foo(170, a)
    foo(171, a)
def flow46():
    a = "s"
    try:
        a = "t"
        return
    finally:
        foo(172, a)
    foo(173, a)
def flow47():
    a = "s"
    try:
        g()
        a = "t"
        g()
    finally:
        foo(174, a)
    foo(175, a)
def flow48():
    a = "s"
    try:
        g()
    except E:
        a = "t"
        h()
    finally:
        foo(176, a)
    foo(177, a)
def flow49():
    a = "s"
    while q:
        try:
            g()
            a = "t"
            break
        finally:
            foo(178, a)
    foo(179, a)
def flow50():
    a = "s"
    b = [x for x in c]
    foo(180, a)
def flow51():
    a = "s"
    b = {x for x in c}
    foo(181, a)
def flow52():
    a = "s"
    b = {x: y for x in c}
    foo(182, a)
def flow53():
    a = "s"
    b = any(x for x in c)
    foo(183, a)
def flow54():
    a = "s"
    b = [x for x in c if x]
    foo(184, a)
    b = 3
    foo(185, a)
def flow55():
    a = "s"
    return [x for x in a]
    foo(186, a)
def flow56():
    a = "s"
    try:
        a = "t"
        class Q:
            x = g()
    except E:
        foo(187, a)
    foo(188, a)
def flow57():
    a = "s"
    try:
        a = "t"
        @dec()
        def h(): g()
    except E:
        foo(189, a)
    foo(190, a)
def flow58():
    a = "s"
    try:
        a = "t"
        with x as y:
            pass
    except E:
        foo(191, a)
    foo(192, a)
def flow59():
    a = "s"
    try:
        a = "t"
        x.y += 1
        x[0] += 2
        z = -x
        z = not x
        z = x if y else q
        z = x and y
        z = x < y
        z = [1, *x]
        z = {1: 2, **x}
        z = x[1:2]
        z = x.y.z
        z = lambda: g()
        z: int = 3
        del z
        global ZZ
        pass
        z = "a" "b"
        z = f"a{x}b"
        z = f"a{x:>{y}}b{z!r}"
        z = "a" % b
        z, y = x
        z = y = x
        assert x, y
        print
        yield
        yield 3
        yield from x
        await x
        (z := 3)
        import q
        from q import r
        for i in x: pass
        while x: pass
        if x: pass
    except E:
        foo(193, a)
    foo(194, a)
def flow60():
    a = "s"
    try:
        a = "t"
        if g():
            a = "t"
    except E:
        foo(195, a)
    foo(196, a)
def flow61():
    a = "s"
    try:
        a = "t"
        b = g
        for i in g():
            pass
        a = "s"
    except E:
        foo(197, a)
    foo(198, a)
def flow62():
    a = "s"
    try:
        a = "t"
        raise E
        a = "s"
    except E:
        foo(199, a)
    else:
        foo(200, a)
    foo(201, a)
def flow63():
    a = "s"
    try:
        a = "t"
        b = [g(x) for x in c]
    except E:
        foo(202, a)
    foo(203, a)
def flow64():
    a = "s"
    try:
        raise E
    except E:
        pass
    foo(204, a)
def flow65():
    a = "s"
    try:
        raise E
    finally:
        a = "t"
    foo(205, a)
def flow66():
    a = "s"
    try:
        g()
    except E:
        return
    except F:
        raise
    foo(206, a)
def flow67():
    a = "s"
    try:
        g()
        return
    except E:
        a = "t"
    foo(207, a)
def flow68():
    a = "s"
    try:
        g()
        return
    except E:
        a = "t"
        return
    foo(208, a)
def flow69():
    a = "s"
    try:
        try:
            a = "t"
            g()
        finally:
            a = "s"
    except E:
        foo(209, a)
    foo(210, a)
def flow70():
    a = "s"
    try:
        g()
    except E:
        a = "t"
    else:
        h()
        a = "t"
    foo(211, a)
def flow71():
    a = "s"
    try:
        try:
            pass
        except E:
            pass
        else:
            a = "t"
            h()
            a = "s"
    except F:
        foo(212, a)
    foo(213, a)
def flow72():
    a = "s"
    try:
        x = g() if y else 3
    except F:
        a = "t"
    foo(214, a)
def flow73():
    a = "s"
    try:
        a = "t"
        assert g()
    except F:
        foo(215, a)
    foo(216, a)
def flow74():
    a = "s"
    try:
        a = "t"
        raise g()
    except F:
        foo(217, a)
    foo(218, a)
def flow75():
    a = "s"
    try:
        a = "t"
        del x[g()]
    except F:
        foo(219, a)
    foo(220, a)
def flow76():
    a = "s"
    try:
        a = "t"
        x[g()] = 1
    except F:
        foo(221, a)
    foo(222, a)
def flow77():
    a = "s"
    try:
        a = "t"
        x = f"{g()}"
    except F:
        foo(223, a)
    foo(224, a)
def flow78():
    a = "s"
    try:
        a = "t"
        x = f"{y}"
    except F:
        foo(225, a)
    foo(226, a)
def flow79():
    a = "s"
    try:
        a = "t"
        x = await y
    except F:
        foo(227, a)
    foo(228, a)
def flow80():
    a = "s"
    try:
        a = "t"
        x = yield y
    except F:
        foo(229, a)
    foo(230, a)
def flow81():
    a = "s"
    try:
        a = "t"
        match x:
            case 1: g()
    except F:
        foo(231, a)
    foo(232, a)
def flow82():
    a = "s"
    try:
        a = "t"
        x = super().y
    except F:
        foo(233, a)
    foo(234, a)
def flow83():
    a = "s"
    try:
        a = "t"
        exec("x")
    except F:
        foo(235, a)
    foo(236, a)
def flow84():
    a = "s"
    try:
        a = "t"
        print >> x
        type(x)
    except F:
        foo(237, a)
    foo(238, a)
def flow85():
    a = "s"
    try:
        a = "t"
        x = y.z
    except F:
        foo(239, a)
    foo(240, a)
def flow86():
    a = "s"
    try:
        while True:
            a = "t"
            if x: break
            g()
    except F:
        foo(241, a)
    foo(242, a)
def flow87():
    a = "s"
    try:
        async with x as y:
            a = "t"
    except F:
        foo(243, a)
    foo(244, a)
def flow88():
    a = "s"
    try:
        a = "t"
        x = int
        x = "q".join
        x = "q" "r"
        x = u"b"
        x = b"b"
        x = (1, 2)
        x = ...
    except F:
        foo(245, a)
    foo(246, a)
def flow89():
    a = "s"
    try:
        def h():
            g()
            foo(247, a)
    except F:
        foo(248, a)
    foo(249, a)
def flow90():
    a = "s"
    for a in x:
        foo(250, a)
    foo(251, a)
def flow91():
    a = "s"
    b = "k %s" % a
    foo(252, b)
    b = "k" % 3 % 4
    foo(253, b)
    b = x % "k"
    foo(254, b)
    b = "k" * 3
    foo(255, b)
    b = "k" - 3
    foo(256, b)
    b = "k" - "c"
    foo(257, b)
    b = "k" / "c"
    foo(258, b)
    b = "k" % ("c",)
    foo(259, b)
    b = "k" % x
    foo(260, b)
    b = "k" == "c"
    foo(261, b)
    b = "k" < "c"
    foo(262, b)
    b = "k" and "c"
    foo(263, b)
    b = "k" in "c"
    foo(264, b)
    b = not "k"
    foo(265, b)
    b = 3 * "k"
    foo(266, b)
    b = "k" | "c"
    foo(267, b)
    b = "k" + x
    foo(268, b)
    b = "k" * "c"
    foo(269, b)
    b = "k" ** "c"
    foo(270, b)
    b = "k" << "c"
    foo(271, b)
    b = x * "c"
    foo(272, b)
    b = "k" * x
    foo(273, b)
    b = "k" // "c"
    foo(274, b)
    b = "k" & "c"
    foo(275, b)
    b = "k" @ "c"
    foo(276, b)
    b = "k" or "c"
    foo(277, b)
    b = "k" is "c"
    foo(278, b)
    b = f"k{a}" % "c"
    foo(279, b)
    b = b"k" % b"c"
    foo(280, b)
    b = True % "c"
    foo(281, b)
    b = "k" % True
    foo(282, b)
    b = 3 % "k"
    foo(283, b)
    b = "k" % 3.5
    foo(284, b)
    b = "k" % "%d" % 3
    foo(285, b)
    b = "k" + ("c" % "d")
    foo(286, b)
    b = ("k" + "c") % "d"
    foo(287, b)
    b = "k" % ("c" + "d")
    foo(288, b)
    foo(289, "k" + ("c" % "d"))
    foo(290, ("k" % "c") + "d")
    b = "k" if x else "q" % "c"
    foo(291, b)
    b = ("k" % "c") * 2
    foo(292, b)
    b = "k"
    b %= "c"
    foo(293, b)
    b = "k"
    b *= 2
    foo(294, b)
    b = "k"
    b -= "c"
    foo(295, b)
    b: str = "k" % "c"
    foo(296, b)
    b = c = "k" % "d"
    foo(297, b)
    b, c = "k" % "d", "k"
    foo(298, b)
    if (b := "k" % "d"):
        foo(299, b)
    b = "k" % M
    foo(300, b)
    b = M % "k"
    foo(301, b)
M = "m"
N = "k" % "d"
def flow92():
    foo(302, N)
    b = N
    foo(303, b)
foo(304, N)
P = "k" % M
def flow93():
    foo(305, P)
foo(306, P)
def flow94():
    a = 3
    b = a - 1
    foo(307, b)
    b = a % 2
    foo(308, b)
    b = a * x
    foo(309, b)
M = "m"
def flow95():
    a = "s"
    try:
        pass
    except E:
        foo(400, a)
    else:
        h()
def flow96():
    a = "s"
    return
    if x:
        a = "t"
        foo(401, a)
    foo(402, a)
    a = "t"
    foo(403, a)
    while x:
        a = "t"
        foo(404, a)
    try:
        a = "t"
        g()
        foo(405, a)
    except E:
        a = "t"
        foo(406, a)
    with q:
        a = "t"
        foo(407, a)
def flow97():
    a = "s"
    foo(408, a)
    foo(409, a, [x for x in c])
    foo(410, a)
    a = "s"
    foo(411, a)
    b = [foo(412, a) for x in c]
    a = "s"
    if [x for x in c]:
        foo(413, a)
    else:
        foo(414, a)
    a = "s"
    b = lambda: [x for x in c]
    foo(415, a)
    a = "s" if [x for x in c] else "s"
    foo(416, a)
    a = "s"
    def q(): return [x for x in c]
    foo(417, a)
    class Q:
        z = [x for x in c]
    foo(418, a)
    a = "s"
    class Q:
        for i in z: pass
    foo(419, a)
    a = "s"
    class Q:
        a = "t"
        foo(420, a)
    foo(421, a)
    a = "s"
    @dec([x for x in c])
    def q(): pass
    foo(422, a)
    a = "s"
    class Q(g([x for x in c])): pass
    foo(423, a)
    a = "s"
    del b[[x for x in c]]
    foo(424, a)
    a = "s"
    def q(a=[x for x in c]): pass
    foo(425, a)
    a = "s"
    b = f"{[x for x in c]}"
    foo(426, a)
    a = "s"
    for z in [x for x in c]:
        pass
    a = "s"
    foo(427, a) if [x for x in c] else foo(428, a)
    a = "s"
    b = y and [x for x in c]
    foo(429, a)
    a = "s"
    foo(430, a + str([x for x in c]))
    a = "s"
    b = (x for x in c)
    foo(431, a)
    b = 3
    a = [x for x in c]
    foo(432, a)
    a = "s"
    foo(433, a); b = [x for x in c]
    a = "s"
    b: list = [x for x in c]
    foo(434, a)
    a = "s"
    b += [x for x in c]
    foo(435, a)
    a = "s"
    assert [x for x in c]
    foo(436, a)
    a = "s"
    yield [x for x in c]
    foo(437, a)
    a = "s"
    with g([x for x in c]): pass
    foo(438, a)
    a = "s"
    b[[x for x in c]] = 3
    foo(439, a)
    raise Q([x for x in c])
def flow98():
    b, c = "k" % "d", "k"
    foo(440, c)
    b, c = "k" + "d", "k"
    foo(441, b)
    b, c = "k" * 3, "k"
    foo(442, b)
    b = "k" + M
    foo(443, b)
    b = M
    foo(444, b)
    b = M + "k"
    foo(445, b)
    b = M * 3
    foo(446, b)
    b = c = "k"
    foo(447, b)
    b = "k" * 3
    b = b % "c"
    foo(448, b)
    b = "k" % "c"
    b = b + "q"
    foo(449, b)
    b = x("k" % "d")
    foo(450, b)
    b = "k" "l" % "d"
    foo(451, b)
    b = ("k" % "d")
    foo(452, b)
    b = "k" == "l" == "m"
    foo(453, b)
    b = "a" and "b" and "c"
    foo(454, b)
    b = "a" and x
    foo(455, b)
    b = f"{M}" + "k"
    foo(456, b)
    b = f"{x}" % "k"
    foo(457, b)
    b = f"k"
    foo(458, b)
    b = f"k{b}"
    foo(459, b)
    b = f"k" % "l"
    foo(460, b)
    b = "a" not in "b"
    foo(461, b)
    b = "a" is not "b"
    foo(462, b)
    b = "a" != "b"
    foo(463, b)
def flow99():
    a = "s"
    try:
        g()
    except E as a:
        foo(464, a)
    foo(465, a)
def flow100():
    a = "s"
    try:
        g()
    except* E:
        foo(466, a)
    foo(467, a)
def flow101():
    a = "s"
    try:
        @g()
        class Q: pass
    except E:
        foo(468, a)
    foo(469, a)
def flow102():
    a = "s"
    try:
        class Q(g()): pass
    except E:
        foo(470, a)
def flow103():
    a = "s"
    try:
        def q(a=g()): pass
    except E:
        foo(471, a)
def flow104():
    a = "s"
    try:
        class Q:
            def r(self): g()
    except E:
        foo(472, a)
def flow105():
    a = "s"
    for i in x:
        a = "s"
        try:
            g()
        except E:
            foo(473, a)
            continue
        foo(474, a)
    else:
        a = "t"
    foo(475, a)
def flow106():
    a = "s"
    try:
        g()
    except E1:
        foo(476, a)
        a = "t"
    except E2:
        foo(477, a)
    else:
        a = "s"
    finally:
        foo(478, a)
    foo(479, a)
def flow107():
    a = "s"
    with g() as a:
        pass
    foo(480, a)
def flow108():
    a = "s"
    try:
        with g() as a:
            pass
    except E:
        foo(481, a)
def flow109():
    a = "s"
    if x:
        raise E
    foo(482, a)
    if x:
        a = "t"
        sys.exit(1)
    foo(483, a)
def flow110():
    a = "s"
    del a
    foo(484, a)
def flow111():
    a = "s"
    global b
    def z():
        nonlocal a
        a = "t"
    foo(485, a)
def flow112(a="s"):
    foo(486, a)
def flow113():
    a = "s"
    while True:
        foo(487, a)
        break
    foo(488, a)
def flow114():
    a = "s"
    match x:
        case 1:
            a = "t"
        case _:
            a = "t"
    foo(489, a)
def flow115():
    a = "s"
    match x:
        case a:
            foo(490, a)
    foo(491, a)
def flow116():
    a = "s"
    async for i in x:
        foo(492, a)
    foo(493, a)
    a = "s"
    async with g() as i:
        foo(494, a)
    foo(495, a)
def flow117():
    a = "s"
    x = [a := "t", 3]
    foo(496, a)
def flow118():
    a = "s"
    a.b = 3
    foo(497, a)
    a = "s"
    a[0] = 3
    foo(498, a)
    a = "s"
    a.b()
    foo(499, a)
    a = "s"
    x = a.b()
    foo(500, a)
    a = "s"
    b(a)
    foo(501, a)
    a = "s"
    *a, b = x
    foo(502, a)
    a = "s"
    (a) = x
    foo(503, a)
    a = "s"
    a: int
    foo(504, a)
    a = "s"
    return a.b()
def flow119():
    a = "s"
    import a
    foo(505, a)
    a = "s"
    from z import a
    foo(506, a)
    a = "s"
    import b as a
    foo(507, a)
    a = "s"
    def a(): pass
    foo(508, a)
    a = "s"
    class a: pass
    foo(509, a)
def flow120():
    b, c = "s", "t"
    foo(510, b)
    foo(511, c)
def flow121():
    b, c = "k" + "d", "s"
    foo(512, b)
    foo(513, c)
def flow122():
    b, c = "s", g()
    foo(514, b)
def flow123():
    b, c = "s", x
    foo(515, b)
    d = (e, f) = "s", "t"
    foo(516, e)
    [h, i] = "s", "t"
    foo(517, h)
    (j, k) = ["s", "t"]
    foo(518, j)
    (l, (m, n)) = "s", ("t", "u")
    foo(519, l)
    foo(520, m)
    [h, i] = ["s", "t"]
    foo(521, h)
    o, p = "s" "t", "t"
    foo(522, o)
    o, p = 1, "t"
    foo(523, p)
    q, r = M, "t"
    foo(524, q)
    foo(525, r)
    s, t = "s", "t"
    s, t = t, s
    foo(526, s)
    u = "s"
    v, w = u, 3
    foo(527, v)
    aa = "q"
    aa, ab = "s", "t"
    foo(528, aa)
    ac, = "s",
    foo(529, ac)
    foo(530, (ad := "s"), ad)
    foo(531, ad)
def flow124():
    b = "k" % M
    foo(532, b)
    b = M % "k"
    foo(533, b)
    b = M == "k"
    foo(534, b)
    b = M and M
    foo(535, b)
    b = M if x else "m"
    foo(536, b)
    b = (M)
    foo(537, b)
    b = M + M
    foo(538, b)
    b = f"{M}"
    foo(539, b)
    b = "s"
    b += M
    foo(540, b)
    c = M
    b = c + "k"
    foo(541, b)
    b = M * 2
    foo(542, b)
    return M
class K:
    F = "f"
    G = F + "x"
    def r(self):
        b = self.F
        foo(543, b)
        b = K.F + "x"
        foo(544, b)
        b = F + "x"
        foo(545, b)
def flow125():
    a = "s"
    class Q:
        z = foo(546, a)
        y: int = foo(547, a)
        y.x = foo(548, a)
        a = "t"
        w = foo(549, a)
    foo(550, a)
def flow126():
    a = "s"
    class Q:
        y.x = [i for i in j]
    foo(551, a)
    class Q:
        if z:
            k = [i for i in j]
    foo(552, a)
    class Q:
        k += [i for i in j]
    foo(553, a)
    class Q:
        [i for i in j]
    foo(554, a)
    class Q:
        k, l = [i for i in j], 3
    foo(555, a)
    class Q:
        class R:
            k = [i for i in j]
    foo(556, a)
    a = "s"
    class Q:
        k: int = [i for i in j]
    foo(557, a)
def flow127():
    a = "s"
    try:
        g()
    except E:
        pass
    else:
        return
    foo(570, a)
def flow128():
    a = "s"
    while x:
        try:
            g()
        except E:
            a = "t"
            continue
        a = "s"
    foo(571, a)
    a = "s"
    while True:
        try:
            a = "t"
            g()
            break
        except E:
            pass
    foo(572, a)
def flow129():
    a = "s"
    try:
        b = x or g()
    except E:
        a = "t"
    foo(573, a)
    try:
        raise
    except E:
        foo(574, a)
def flow130():
    try:
        import q
        a = "s"
    except E:
        a = "t"
    foo(575, a)
try:
    import q
    R = "r"
except E:
    R = "z"
foo(576, R)
def flow131():
    foo(577, R)
    foo(578, S)
try:
    S = "s"
    import q
except E:
    pass
def flow132():
    a = "s"
    a, b = x
    foo(579, a)
    a = "s"
    c = a, b = x
    foo(580, a)
    a = "s"
    c = a = x
    foo(581, a)
    a = "s"
    a = c = "t"
    foo(582, a)
    foo(583, c)
    a = "s"
    x, a = x
    foo(584, a)
    a = "s"
    x, a = 1, y
    foo(585, a)
    a = "s"
    x, (a, z) = 1, y
    foo(586, a)
    a = "s"
    [x, a] = y
    foo(587, a)
    a = "s"
    with g() as (a, z): pass
    foo(588, a)
    a = "s"
    for x, a in y: pass
    a = "s"
    x.y, a = y
    foo(589, a)
x1, x2 = "s", "t"
foo(600, x1)
def flow133():
    foo(601, x1)
def flow134():
    a = "s"
    [*a] = x
    foo(602, a)
def flow135():
    a = "s"
    match x:
        case [a, *_]:
            foo(603, a)
    foo(604, a)
def flow136():
    a = "s"
    match x:
        case [*a]:
            foo(606, a)
def flow137():
    a = "s"
    match x:
        case Q(y=a):
            foo(607, a)
def flow138():
    a = "s"
    match x:
        case (1 | 2) as a:
            foo(608, a)
    foo(609, a)
def flow139():
    a = "s"
    match x:
        case 1:
            a = "t"
        case _:
            pass
    foo(610, a)
def flow140():
    a = "s"
    match x:
        case y if [i for i in j]:
            foo(611, a)
    foo(612, a)
def flow141():
    a = "s"
    match x:
        case y if y:
            foo(613, a)
    foo(614, a)
def flow142():
    a = "s"
    match x:
        case 1:
            foo(615, a)
        case a:
            foo(616, a)
        case 3:
            foo(617, a)
    foo(618, a)
def flow143():
    a = "s"
    match x:
        case 1:
            foo(619, a)
        case _:
            foo(620, a)
    foo(621, a)
def flow144():
    a = "s"
    match x:
        case b:
            foo(622, a)
    foo(623, a)
def flow145():
    a = "s"
    match x:
        case (b, c):
            foo(624, a)
    foo(625, a)
def flow146():
    a = "s"
    match x:
        case "q":
            a = "t"
            foo(626, a)
    foo(627, a)
def flow147():
    a = "s"
    match x:
        case Q():
            return
    foo(628, a)
def flow148():
    a = "s"
    match a:
        case "q" | "r":
            foo(629, a)
    foo(630, a)
def flow149():
    a = "s"
    match x:
        case Q.r:
            foo(631, a)
    foo(632, a)
def flow150():
    a = "s"
    match x:
        case None:
            foo(633, a)
    foo(634, a)
def flow151():
    a = "s"
    match x:
        case -1:
            foo(635, a)
    foo(636, a)
def flow152():
    a = "s"
    match x:
        case {"a": b}:
            foo(637, a)
    foo(638, a)
def flow153():
    a = "s"
    match x:
        case 1 as b:
            foo(639, a)
    foo(640, a)
def flow154():
    a = "s"
    b = lambda: g(x for x in c)
    foo(641, a)
def flow155():
    a = "s"
    b = lambda y=[x for x in c]: 3
    foo(642, a)
def flow156():
    a = "s"
    foo(643, a, lambda: [x for x in c])
    a = "s"
    foo(644, lambda: a)
    a = "s"
    foo(lambda: foo(645, a))
    a = "s"
    foo(lambda a: foo(646, a))
    foo(647, a)
    a = "s"
    foo(lambda: (a := "t"))
    foo(648, a)
    foo(649, a)
def flow157():
    a = "s"
    try:
        a = "t"
        b = lambda: g()
    except:
        foo(650, a)
    foo(651, a)
def flow158():
    a = "s"
    try:
        a = "t"
        h(lambda: g())
    except:
        foo(652, a)
    foo(653, a)
