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
