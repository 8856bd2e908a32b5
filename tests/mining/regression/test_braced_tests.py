"""What a change takes from tests of JavaScript, TypeScript and Go, and what leaves them be."""

# ruff: noqa: E501  # tables of code, one case a line

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.mining.regression.change import TextChange, find_losses
from devmatrix_guard.mining.regression.foreign import read_foreign_tests
from tests.helpers_bounds import expect_end

Edits = tuple[tuple[str, str], ...]

CART = """\
import { Cart } from "../src/cart";
import { parse } from "../src/parse";

describe("cart", () => {
  let cart;
  beforeEach(() => {
    cart = new Cart();
  });

  it("adds a row", () => {
    cart.add("pen", 2);
    const total = cart.total();
    expect(total).toBe(6);
    expect(cart.rows).toEqual([{ name: "pen", count: 2 }]);
    expect(() => cart.add("pen", -1)).toThrow(RangeError);
    expect(parse("a,b")).toHaveLength(2);
  });

  it("waits", async () => {
    await expect(cart.save()).resolves.toBe("saved");
    expect(cart.log).toHaveBeenCalledWith("saved");
  });
});
"""
HALF = """\
describe("half", () => {
  it.each([
    [4, 2],
    [6, 3],
  ])("halves %i", (n, want) => {
    expect(half(n)).toBe(want);
  });

  test("nodes", () => {
    assert.strictEqual(half(4), 2);
    assert.deepEqual(halves([4]), [2]);
    assert.throws(() => half("x"), TypeError);
    half(4).should.equal(2);
  });
});
"""
CHAI = """\
describe("half", function () {
  it("works", function () {
    expect(half(4)).to.equal(2);
    expect(half(6)).to.be.above(2);
    expect(halves([4])).to.deep.equal([2]);
    expect(found).to.be.true;
  });
});
"""
GO = """\
package cart

import "testing"

func TestTotal(t *testing.T) {
	c := New()
	c.Add("pen", 2)
	got := c.Total()
	if got != 6 {
		t.Errorf("total: got %d, want 6", got)
	}
	if err := c.Add("pen", -1); err == nil {
		t.Fatal("no error")
	}
	if !errors.Is(c.Check(), ErrEmpty) {
		t.Error("other error")
	}
	require.Equal(t, 2, c.Count())
	assert.NoError(t, c.Save())
	assert.Equal(t, []string{"pen"}, c.Names())
}

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"1", 1},
		{"0x10", 16},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if got := Parse(tt.in); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
"""
TAKEN: dict[str, tuple[str, str, Edits]] = {
    'js: it.skip': (CART, 'adds a row', (('  it("adds a row", () => {', '  it.skip("adds a row", () => {'),)),
    'js: xit': (CART, 'adds a row', (('  it("adds a row", () => {', '  xit("adds a row", () => {'),)),
    'js: it.todo': (CART, 'adds a row', (('  it("adds a row", () => {', '  it.todo("adds a row", () => {'),)),
    'js: it.fails': (CART, 'adds a row', (('  it("adds a row", () => {', '  it.fails("adds a row", () => {'),)),
    'js: it.failing': (CART, 'adds a row', (('  it("adds a row", () => {', '  it.failing("adds a row", () => {'),)),
    'js: it.skipIf': (CART, 'adds a row', (('  it("adds a row", () => {', '  it.skipIf(true)("adds a row", () => {'),)),
    'js: it.runIf': (CART, 'adds a row', (('  it("adds a row", () => {', '  it.runIf(false)("adds a row", () => {'),)),
    'js: describe.skip': (CART, 'adds a row', (('describe("cart"', 'describe.skip("cart"'),)),
    'js: xdescribe': (CART, 'adds a row', (('describe("cart"', 'xdescribe("cart"'),)),
    'js: describe.todo': (CART, 'adds a row', (('describe("cart"', 'describe.todo("cart"'),)),
    'js: describe.skipIf': (CART, 'adds a row', (('describe("cart"', 'describe.skipIf(process.env.CI)("cart"'),)),
    'js: it.only other': (CART, 'adds a row', (('it("waits"', 'it.only("waits"'),)),
    'js: fit other': (CART, 'adds a row', (('it("waits"', 'fit("waits"'),)),
    'js: expect removed': (CART, 'adds a row', (('    expect(total).toBe(6);\n', ''),)),
    'js: expect commented': (CART, 'adds a row', (('    expect(total)', '    // expect(total)'),)),
    'js: expect block comment': (CART, 'adds a row', (('    expect(total).toBe(6);', '    /* expect(total).toBe(6); */'),)),
    'js: expect block comment lines': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    /*\n    expect(total).toBe(6);\n    */\n'),)),
    'js: toBeDefined': (CART, 'adds a row', (('toBe(6)', 'toBeDefined()'),)),
    'js: toBeTruthy': (CART, 'adds a row', (('toBe(6)', 'toBeTruthy()'),)),
    'js: not.toBeNull': (CART, 'adds a row', (('toBe(6)', 'not.toBeNull()'),)),
    'js: not.toBeUndefined': (CART, 'adds a row', (('toBe(6)', 'not.toBeUndefined()'),)),
    'js: not.toBe': (CART, 'adds a row', (('toBe(6)', 'not.toBe(7)'),)),
    'js: toBeGreaterThan': (CART, 'adds a row', (('toBe(6)', 'toBeGreaterThan(0)'),)),
    'js: toBeGreaterThanOrEqual': (CART, 'adds a row', (('toBe(6)', 'toBeGreaterThanOrEqual(6)'),)),
    'js: toBeCloseTo': (CART, 'adds a row', (('toBe(6)', 'toBeCloseTo(6, -1)'),)),
    'js: expect.any': (CART, 'adds a row', (('toBe(6)', 'toEqual(expect.any(Number))'),)),
    'js: expect.anything': (CART, 'adds a row', (('toBe(6)', 'toEqual(expect.anything())'),)),
    'js: rows any': (CART, 'adds a row', (('toEqual([{ name: "pen", count: 2 }])', 'toEqual(expect.any(Array))'),)),
    'js: rows arrayContaining': (CART, 'adds a row', (('toEqual([{ name: "pen", count: 2 }])', 'toEqual(expect.arrayContaining([]))'),)),
    'js: rows objectContaining': (CART, 'adds a row', (('[{ name: "pen", count: 2 }]', '[expect.objectContaining({ name: "pen" })]'),)),
    'js: toMatchObject': (CART, 'adds a row', (('toEqual([{ name: "pen", count: 2 }])', 'toMatchObject([{ name: "pen" }])'),)),
    'js: toHaveLength': (CART, 'adds a row', (('toEqual([{ name: "pen", count: 2 }])', 'toHaveLength(1)'),)),
    'js: toBeInstanceOf': (CART, 'adds a row', (('toEqual([{ name: "pen", count: 2 }])', 'toBeInstanceOf(Array)'),)),
    'js: toContain': (CART, 'adds a row', (('expect(cart.rows).toEqual([{ name: "pen", count: 2 }])', 'expect(cart.rows.map((r) => r.name)).toContain("pen")'),)),
    'js: snapshot': (CART, 'adds a row', (('toBe(6)', 'toMatchSnapshot()'),)),
    'js: toBe 7': (CART, 'adds a row', (('toBe(6)', 'toBe(7)'),)),
    'js: other field': (CART, 'adds a row', (('count: 2 }])', 'count: 3 }])'),)),
    'js: toThrow any': (CART, 'adds a row', (('toThrow(RangeError)', 'toThrow()'),)),
    'js: not.toThrow': (CART, 'adds a row', (('toThrow(RangeError)', 'not.toThrow()'),)),
    'js: toThrow Error': (CART, 'adds a row', (('toThrow(RangeError)', 'toThrow(Error)'),)),
    'js: toThrow other': (CART, 'adds a row', (('toThrow(RangeError)', 'toThrow(TypeError)'),)),
    'js: length': (CART, 'adds a row', (('toHaveLength(2)', 'toHaveLength(3)'),)),
    'js: length truthy': (CART, 'adds a row', (('toHaveLength(2)', 'toBeTruthy()'),)),
    'js: input': (CART, 'adds a row', (('parse("a,b")', 'parse("a-b")'),)),
    'js: input empty': (CART, 'adds a row', (('parse("a,b")', 'parse("")'),)),
    'js: subject constant': (CART, 'adds a row', (('expect(total)', 'expect(6)'),)),
    'js: subject itself': (CART, 'adds a row', (('expect(total).toBe(6)', 'expect(total).toBe(total)'),)),
    'js: no matcher': (CART, 'adds a row', (('expect(total).toBe(6)', 'expect(total)'),)),
    'js: true': (CART, 'adds a row', (('expect(total).toBe(6)', 'expect(true).toBe(true)'),)),
    'js: boolean or': (CART, 'adds a row', (('expect(total).toBe(6)', 'expect(total === 6 || true).toBe(true)'),)),
    'js: if false': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    if (false) {\n      expect(total).toBe(6);\n    }\n'),)),
    'js: if cond': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    if (process.env.SLOW) {\n      expect(total).toBe(6);\n    }\n'),)),
    'js: if cond one line': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    if (process.env.SLOW) expect(total).toBe(6);\n'),)),
    'js: and': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    process.env.SLOW && expect(total).toBe(6);\n'),)),
    'js: try': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    try {\n      expect(total).toBe(6);\n    } catch (e) {}\n'),)),
    'js: try one line': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    try { expect(total).toBe(6); } catch {}\n'),)),
    'js: early return': (CART, 'adds a row', (('  it("adds a row", () => {', '  it("adds a row", () => {\n    return;'),)),
    'js: return in the middle': (CART, 'adds a row', (('    expect(total)', '    return;\n    expect(total)'),)),
    'js: return cond': (CART, 'adds a row', (('    expect(total)', '    if (!process.env.X) return;\n    expect(total)'),)),
    'js: uncalled fn': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    const later = () => {\n      expect(total).toBe(6);\n    };\n'),)),
    'js: this.skip': (CART, 'adds a row', (('  it("adds a row", () => {', '  it("adds a row", function () {\n    this.skip();'),)),
    'js: ctx.skip': (CART, 'adds a row', (('  it("adds a row", () => {', '  it("adds a row", (ctx) => {\n    ctx.skip();'),)),
    'js: mock': (CART, 'adds a row', (('import { parse } from "../src/parse";\n', 'import { parse } from "../src/parse";\njest.mock("../src/parse");\n'),)),
    'js: vi.mock': (CART, 'adds a row', (('import { parse } from "../src/parse";\n', 'import { parse } from "../src/parse";\nvi.mock("../src/parse", () => ({ parse: () => [1, 2] }));\n'),)),
    'js: spy': (CART, 'adds a row', (('    cart.add("pen", 2);', '    jest.spyOn(cart, "total").mockReturnValue(6);\n    cart.add("pen", 2);'),)),
    'js: assign': (CART, 'adds a row', (('    cart.add("pen", 2);', '    cart.total = () => 6;\n    cart.add("pen", 2);'),)),
    'js: const total': (CART, 'adds a row', (('const total = cart.total();', 'const total = 6;'),)),
    'js: empty body': (CART, 'adds a row', (('    cart.add("pen", 2);\n    const total = cart.total();\n    expect(total).toBe(6);\n    expect(cart.rows).toEqual([{ name: "pen", count: 2 }]);\n    expect(() => cart.add("pen", -1)).toThrow(RangeError);\n    expect(parse("a,b")).toHaveLength(2);\n', ''),)),
    'js: deleted': (CART, 'adds a row', (('  it("adds a row", () => {\n    cart.add("pen", 2);\n    const total = cart.total();\n    expect(total).toBe(6);\n    expect(cart.rows).toEqual([{ name: "pen", count: 2 }]);\n    expect(() => cart.add("pen", -1)).toThrow(RangeError);\n    expect(parse("a,b")).toHaveLength(2);\n  });\n', ''),)),
    'js: renamed same, gutted': (CART, 'adds a row', (('  it("adds a row", () => {', '  it("adds rows", () => {'), ('    const total = cart.total();\n    expect(total).toBe(6);\n    expect(cart.rows).toEqual([{ name: "pen", count: 2 }]);\n    expect(() => cart.add("pen", -1)).toThrow(RangeError);\n    expect(parse("a,b")).toHaveLength(2);\n', ''))),
    'js: moved to a helper that is not called': (CART, 'adds a row', (('  it("adds a row", () => {', '  const notRun = () => {'),)),
    'js2: unawaited': (CART, 'waits', (('await expect(cart.save())', 'expect(cart.save())'),)),
    'js2: toHaveBeenCalled': (CART, 'waits', (('toHaveBeenCalledWith("saved")', 'toHaveBeenCalled()'),)),
    'js2: expect.anything': (CART, 'waits', (('toHaveBeenCalledWith("saved")', 'toHaveBeenCalledWith(expect.anything())'),)),
    'js2: resolves defined': (CART, 'waits', (('resolves.toBe("saved")', 'resolves.toBeDefined()'),)),
    'js2: catch': (CART, 'waits', (('await expect(cart.save()).resolves.toBe("saved");', 'await expect(cart.save()).resolves.toBe("saved").catch(() => {});'),)),
    'js2: resolves to rejects': (CART, 'waits', (('resolves.toBe', 'rejects.toBe'),)),
    'each: case': (HALF, 'halves %i', (('    [6, 3],\n', ''),)),
    'each: case other': (HALF, 'halves %i', (('[6, 3]', '[6, 4]'),)),
    'each: skip': (HALF, 'halves %i', (('it.each', 'it.skip.each'),)),
    'each: xit': (HALF, 'halves %i', (('it.each', 'xit.each'),)),
    'each: none': (HALF, 'halves %i', (('    [4, 2],\n    [6, 3],\n', ''),)),
    'each: weak': (HALF, 'halves %i', (('toBe(want)', 'toBeDefined()'),)),
    'node: ok': (HALF, 'nodes', (('assert.strictEqual(half(4), 2)', 'assert.ok(half(4))'),)),
    'node: assert': (HALF, 'nodes', (('assert.strictEqual(half(4), 2)', 'assert(half(4))'),)),
    'node: notStrictEqual': (HALF, 'nodes', (('assert.strictEqual(half(4), 2)', 'assert.notStrictEqual(half(4), 3)'),)),
    'node: loose': (HALF, 'nodes', (('assert.strictEqual(half(4), 2)', 'assert.strictEqual(half(4), 3)'),)),
    'node: throws': (HALF, 'nodes', ((', TypeError)', ')'),)),
    'node: doesNotThrow': (HALF, 'nodes', (('assert.throws(() => half("x"), TypeError)', 'assert.doesNotThrow(() => half("x"))'),)),
    'node: should.exist': (HALF, 'nodes', (('should.equal(2)', 'should.exist'),)),
    'node: should.be.a': (HALF, 'nodes', (('should.equal(2)', 'should.be.a("number")'),)),
    'node: deepEqual len': (HALF, 'nodes', (('assert.deepEqual(halves([4]), [2])', 'assert.strictEqual(halves([4]).length, 1)'),)),
    'chai: exist': (CHAI, 'works', (('to.equal(2)', 'to.exist'),)),
    'chai: ok': (CHAI, 'works', (('to.equal(2)', 'to.be.ok'),)),
    'chai: not null': (CHAI, 'works', (('to.equal(2)', 'to.not.be.null'),)),
    'chai: a number': (CHAI, 'works', (('to.equal(2)', 'to.be.a("number")'),)),
    'chai: 3': (CHAI, 'works', (('to.equal(2)', 'to.equal(3)'),)),
    'chai: above 0': (CHAI, 'works', (('to.be.above(2)', 'to.be.above(0)'),)),
    'chai: deep include': (CHAI, 'works', (('to.deep.equal([2])', 'to.be.an("array")'),)),
    'chai: not true': (CHAI, 'works', (('to.be.true', 'to.not.be.undefined'),)),
    'chai: lengthOf': (CHAI, 'works', (('to.deep.equal([2])', 'to.have.lengthOf(1)'),)),
    'go: Skip': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\tt.Skip("later")\n'),)),
    'go: SkipNow': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\tt.SkipNow()\n'),)),
    'go: Skipf': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\tt.Skipf("later %d", 1)\n'),)),
    'go: Skip later': (GO, 'TestTotal', (('\tgot :=', '\tt.Skip("flaky")\n\tgot :='),)),
    'go: Skip far': (GO, 'TestTotal', (('\trequire.Equal', '\tt.Skip("flaky")\n\trequire.Equal'),)),
    'go: Short': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\tif testing.Short() {\n\t\tt.Skip("slow")\n\t}\n'),)),
    'go: env skip': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\tif os.Getenv("SLOW") == "" {\n\t\tt.Skip("slow")\n\t}\n'),)),
    'go: return': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\treturn\n'),)),
    'go: return mid': (GO, 'TestTotal', (('\trequire.Equal', '\treturn\n\trequire.Equal'),)),
    'go: return cond': (GO, 'TestTotal', (('\trequire.Equal', '\tif os.Getenv("CI") != "" {\n\t\treturn\n\t}\n\trequire.Equal'),)),
    'go: Log': (GO, 'TestTotal', (('t.Errorf("total', 't.Logf("total'),)),
    'go: Log fatal': (GO, 'TestTotal', (('t.Fatal("no error")', 't.Log("no error")'),)),
    'go: removed': (GO, 'TestTotal', (('\tif got != 6 {\n\t\tt.Errorf("total: got %d, want 6", got)\n\t}\n', '\t_ = got\n'),)),
    'go: removed req': (GO, 'TestTotal', (('\trequire.Equal(t, 2, c.Count())\n', ''),)),
    'go: value': (GO, 'TestTotal', (('got != 6', 'got != 7'), ('want 6', 'want 7'))),
    'go: bound': (GO, 'TestTotal', (('got != 6', 'got < 0'),)),
    'go: zero': (GO, 'TestTotal', (('got != 6', 'got == 0'),)),
    'go: and false': (GO, 'TestTotal', (('got != 6', 'got != 6 && false'),)),
    'go: and other': (GO, 'TestTotal', (('got != 6', 'got != 6 && got != 5'),)),
    'go: commented': (GO, 'TestTotal', (('\t\tt.Errorf("total', '\t\t// t.Errorf("total'),)),
    'go: err inverted': (GO, 'TestTotal', (('err == nil {', 'err != nil {'),)),
    'go: errors.Is weaker': (GO, 'TestTotal', (('!errors.Is(c.Check(), ErrEmpty)', 'c.Check() == nil'),)),
    'go: NotNil': (GO, 'TestTotal', (('require.Equal(t, 2, c.Count())', 'require.NotNil(t, c.Count())'),)),
    'go: NotZero': (GO, 'TestTotal', (('require.Equal(t, 2, c.Count())', 'require.NotZero(t, c.Count())'),)),
    'go: GreaterOrEqual': (GO, 'TestTotal', (('require.Equal(t, 2, c.Count())', 'require.GreaterOrEqual(t, c.Count(), 0)'),)),
    'go: Error': (GO, 'TestTotal', (('assert.NoError(t, c.Save())', '_ = c.Save()'),)),
    'go: Len': (GO, 'TestTotal', (('assert.Equal(t, []string{"pen"}, c.Names())', 'assert.Len(t, c.Names(), 1)'),)),
    'go: NotEmpty': (GO, 'TestTotal', (('assert.Equal(t, []string{"pen"}, c.Names())', 'assert.NotEmpty(t, c.Names())'),)),
    'go: Contains': (GO, 'TestTotal', (('assert.Equal(t, []string{"pen"}, c.Names())', 'assert.Contains(t, c.Names(), "pen")'),)),
    'go: renamed away': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func testTotal(t *testing.T) {\n'),)),
    'go: renamed away 2': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TotalTest(t *testing.T) {\n'),)),
    'go: build tag ignore': (GO, 'TestTotal', (('package cart', '//go:build ignore\n\npackage cart'),)),
    'go: build tag': (GO, 'TestTotal', (('package cart', '//go:build integration\n\npackage cart'),)),
    'go: old build tag': (GO, 'TestTotal', (('package cart', '// +build integration\n\npackage cart'),)),
    'go: deleted': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n\tc := New()\n\tc.Add("pen", 2)\n\tgot := c.Total()\n\tif got != 6 {\n\t\tt.Errorf("total: got %d, want 6", got)\n\t}\n\tif err := c.Add("pen", -1); err == nil {\n\t\tt.Fatal("no error")\n\t}\n\tif !errors.Is(c.Check(), ErrEmpty) {\n\t\tt.Error("other error")\n\t}\n\trequire.Equal(t, 2, c.Count())\n\tassert.NoError(t, c.Save())\n\tassert.Equal(t, []string{"pen"}, c.Names())\n}\n\n', ''),)),
    'go: block comment': (GO, 'TestTotal', (('\tif got != 6 {\n\t\tt.Errorf("total: got %d, want 6", got)\n\t}\n', '\t/*\n\tif got != 6 {\n\t\tt.Errorf("total: got %d, want 6", got)\n\t}\n\t*/\n'),)),
    'go: under cond': (GO, 'TestTotal', (('\trequire.Equal(t, 2, c.Count())\n', '\tif os.Getenv("CI") == "" {\n\t\trequire.Equal(t, 2, c.Count())\n\t}\n'),)),
    'go: false': (GO, 'TestTotal', (('\trequire.Equal(t, 2, c.Count())\n', '\tif false {\n\t\trequire.Equal(t, 2, c.Count())\n\t}\n'),)),
    'go: input': (GO, 'TestTotal', (('c.Add("pen", -1)', 'c.Add("pen", 1)'),)),
    'go: got const': (GO, 'TestTotal', (('got := c.Total()', 'got := 6'),)),
    'go: of itself': (GO, 'TestTotal', (('require.Equal(t, 2, c.Count())', 'require.Equal(t, c.Count(), c.Count())'),)),
    'go: true': (GO, 'TestTotal', (('require.Equal(t, 2, c.Count())', 'require.True(t, true)'),)),
    'gotable: case': (GO, 'TestParse', (('\t\t{"0x10", 16},\n', ''),)),
    'gotable: case commented': (GO, 'TestParse', (('\t\t{"0x10"', '\t\t// {"0x10"'),)),
    'gotable: case value': (GO, 'TestParse', (('{"0x10", 16}', '{"0x10", 0}'),)),
    'gotable: continue': (GO, 'TestParse', (('for _, tt := range tests {\n', 'for _, tt := range tests {\n\t\tif tt.in == "0x10" {\n\t\t\tcontinue\n\t\t}\n'),)),
    'gotable: skip in run': (GO, 'TestParse', (('t.Run(tt.in, func(t *testing.T) {\n', 't.Run(tt.in, func(t *testing.T) {\n\t\t\tt.Skip("later")\n'),)),
    'gotable: skip one in run': (GO, 'TestParse', (('t.Run(tt.in, func(t *testing.T) {\n', 't.Run(tt.in, func(t *testing.T) {\n\t\t\tif tt.in == "0x10" {\n\t\t\t\tt.Skip("later")\n\t\t\t}\n'),)),
    'gotable: slice': (GO, 'TestParse', (('range tests {', 'range tests[:1] {'),)),
    'gotable: log': (GO, 'TestParse', (('t.Errorf', 't.Logf'),)),
}  # fmt: skip
KEPT: dict[str, tuple[str, str, Edits]] = {
    'js: comment': (CART, 'adds a row', (('    expect(total)', '    // why\n    expect(total)'),)),
    'js: more': (CART, 'adds a row', (('    expect(total)', '    expect(cart.size).toBe(1);\n    expect(total)'),)),
    'js: quotes': (CART, 'adds a row', (('"pen"', "'pen'"),)),
    'js: no semicolons': (CART, 'adds a row', ((';\n', '\n'),)),
    'js: test for it': (CART, 'adds a row', (('  it("adds a row", () => {', '  test("adds a row", () => {'),)),
    'js: renamed': (CART, 'adds a row', (('  it("adds a row", () => {', '  it("adds one row", () => {'),)),
    'js: function': (CART, 'adds a row', (('  it("adds a row", () => {', '  it("adds a row", function () {'),)),
    'js: async': (CART, 'adds a row', (('  it("adds a row", () => {', '  it("adds a row", async () => {'),)),
    'js: toStrictEqual': (CART, 'adds a row', (('toEqual([{', 'toStrictEqual([{'),)),
    'js: toBe to toEqual': (CART, 'adds a row', (('toBe(6)', 'toEqual(6)'),)),
    'js: toBe to toStrictEqual': (CART, 'adds a row', (('toBe(6)', 'toStrictEqual(6)'),)),
    'js: length of': (CART, 'adds a row', (('expect(parse("a,b")).toHaveLength(2)', 'expect(parse("a,b").length).toBe(2)'),)),
    'js: inline total': (CART, 'adds a row', (('    const total = cart.total();\n    expect(total)', '    expect(cart.total())'),)),
    'js: rename local': (CART, 'adds a row', (('total)', 'sum)'), ('const total', 'const sum'))),
    'js: let': (CART, 'adds a row', (('const total', 'let total'),)),
    'js: layout': (CART, 'adds a row', (('expect(cart.rows).toEqual([{ name: "pen", count: 2 }]);', 'expect(cart.rows).toEqual([\n      { name: "pen", count: 2 },\n    ]);'),)),
    'js: toThrow msg': (CART, 'adds a row', (('toThrow(RangeError)', 'toThrowError(RangeError)'),)),
    'js: describe renamed': (CART, 'adds a row', (('describe("cart"', 'describe("the cart"'),)),
    'js: nested describe': (CART, 'adds a row', (('  it("adds a row"', '  describe("rows", () => {\n  it("adds a row"'), ('toHaveLength(2);\n  });', 'toHaveLength(2);\n  });\n  });'))),
    'js: new test': (CART, 'adds a row', (('  it("waits"', '  it("also", () => {\n    expect(cart.size).toBe(0);\n  });\n\n  it("waits"'),)),
    'js: split': (CART, 'adds a row', (('    expect(cart.rows)', '  });\n\n  it("has the row", () => {\n    cart.add("pen", 2);\n    expect(cart.rows)'),)),
    'js: skip another': (CART, 'adds a row', (('it("waits"', 'it.skip("waits"'),)),
    'js: timeout': (CART, 'adds a row', (('toHaveLength(2);\n  });', 'toHaveLength(2);\n  }, 10000);'),)),
    'js: indent': (CART, 'adds a row', (('  ', '    '),)),
    'js: spread const': (CART, 'adds a row', (('toEqual([{ name: "pen", count: 2 }])', 'toEqual(rows)'), ('    cart.add("pen", 2);', '    const rows = [{ name: "pen", count: 2 }];\n    cart.add("pen", 2);'))),
    'js: const expected': (CART, 'adds a row', (('toBe(6)', 'toBe(expected)'), ('    const total', '    const expected = 6;\n    const total'))),
    'js: types': (CART, 'adds a row', (('let cart;', 'let cart: Cart;'),)),
    'js: try finally': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    try {\n      expect(total).toBe(6);\n    } finally {\n      cart.clear();\n    }\n'),)),
    'js: in a loop': (CART, 'adds a row', (('    expect(total).toBe(6);\n', '    for (const n of [1, 2]) {\n      expect(total).toBe(6);\n    }\n'),)),
    'js2: await in': (CART, 'waits', (('await expect(cart.save()).resolves.toBe("saved")', 'expect(await cart.save()).toBe("saved")'),)),
    'js2: two steps': (CART, 'waits', (('    await expect(cart.save()).resolves.toBe("saved");', '    const answer = await cart.save();\n    expect(answer).toBe("saved");'),)),
    'js2: lastCalled': (CART, 'waits', (('toHaveBeenCalledWith("saved")', 'toHaveBeenLastCalledWith("saved")'),)),
    'js2: once': (CART, 'waits', (('toHaveBeenCalledWith("saved")', 'toHaveBeenCalledExactlyOnceWith("saved")'),)),
    'each: more': (HALF, 'halves %i', (('    [6, 3],\n', '    [6, 3],\n    [8, 4],\n'),)),
    'each: layout': (HALF, 'halves %i', (('[\n    [4, 2],\n    [6, 3],\n  ]', '[[4, 2], [6, 3]]'),)),
    'each: test.each': (HALF, 'halves %i', (('it.each', 'test.each'),)),
    'node: deepStrictEqual': (HALF, 'nodes', (('deepEqual', 'deepStrictEqual'),)),
    'node: equal': (HALF, 'nodes', (('assert.strictEqual', 'assert.deepStrictEqual'),)),
    'chai: eql': (CHAI, 'works', (('to.deep.equal([2])', 'to.eql([2])'),)),
    'chai: arrow': (CHAI, 'works', (('function () {', '() => {'),)),
    'chai: true': (CHAI, 'works', (('to.be.true;', 'to.equal(true);'),)),
    'chai: eq': (CHAI, 'works', (('to.equal(2)', 'to.eq(2)'),)),
    'go: comment': (GO, 'TestTotal', (('\tgot :=', '\t// why\n\tgot :='),)),
    'go: message': (GO, 'TestTotal', (('total: got %d, want 6', 'Total() = %d, want 6'),)),
    'go: Fatal': (GO, 'TestTotal', (('t.Errorf("total', 't.Fatalf("total'),)),
    'go: Parallel': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\tt.Parallel()\n'),)),
    'go: Helper': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestTotal(t *testing.T) {\n\tt.Cleanup(func() { c.Close() })\n'),)),
    'go: more': (GO, 'TestTotal', (('\trequire.Equal', '\trequire.NotNil(t, c)\n\trequire.Equal'),)),
    'go: assert for require': (GO, 'TestTotal', (('require.Equal', 'assert.Equal'),)),
    'go: inline': (GO, 'TestTotal', (('\tgot := c.Total()\n\tif got != 6 {', '\tif got := c.Total(); got != 6 {'),)),
    'go: renamed': (GO, 'TestTotal', (('func TestTotal(t *testing.T) {\n', 'func TestCartTotal(t *testing.T) {\n'),)),
    'go: to testify': (GO, 'TestTotal', (('\tif got != 6 {\n\t\tt.Errorf("total: got %d, want 6", got)\n\t}\n', '\tassert.Equal(t, 6, got)\n'),)),
    'go: want': (GO, 'TestTotal', (('\tif got != 6 {', '\twant := 6\n\tif got != want {'),)),
    'go: rename local': (GO, 'TestTotal', (('got', 'total'),)),
    'go: test more': (GO, 'TestTotal', (('func TestParse', 'func TestMore(t *testing.T) {\n\tif New() == nil {\n\t\tt.Fatal("nil")\n\t}\n}\n\nfunc TestParse'),)),
    'go: skip other': (GO, 'TestTotal', (('func TestParse(t *testing.T) {\n', 'func TestParse(t *testing.T) {\n\tt.Skip("x")\n'),)),
    'go: subtest': (GO, 'TestTotal', (('\tif got != 6 {\n\t\tt.Errorf("total: got %d, want 6", got)\n\t}\n', '\tt.Run("total", func(t *testing.T) {\n\t\tif got != 6 {\n\t\t\tt.Errorf("total: got %d, want 6", got)\n\t\t}\n\t})\n'),)),
    'go: error is': (GO, 'TestTotal', (('err == nil {\n\t\tt.Fatal("no error")\n', '!errors.Is(err, ErrCount) {\n\t\tt.Fatal("no error")\n'),)),
    'gotable: more': (GO, 'TestParse', (('\t\t{"0x10", 16},\n', '\t\t{"0x10", 16},\n\t\t{"2", 2},\n'),)),
    'gotable: named': (GO, 'TestParse', (('{"0x10", 16}', '{in: "0x10", want: 16}'), ('{"1", 1}', '{in: "1", want: 1}'))),
    'gotable: shadow': (GO, 'TestParse', (('for _, tt := range tests {\n', 'for _, tt := range tests {\n\t\ttt := tt\n'),)),
    'gotable: rename': (GO, 'TestParse', (('tests', 'cases'),)),
}  # fmt: skip
PATHS = {
    CART: "test/cart.test.js",
    HALF: "test/half.test.ts",
    CHAI: "test/half.spec.js",
    GO: "cart_test.go",
}

WILD_TEXT = (
    "( ) { } [ ] ; : , . = => -> ? ?. && || ! == != ' \" ` / \\ // /* 0 1 x t "
    "for if else while loop match switch try catch do of in range const let struct "
    "return throw break await func function class it expect assert not true null "
    "test.each forEach t.Skip t.Error resolves rejects should toBe"
)
WILD = ("\n", *WILD_TEXT.split())


def lose(base: str, name: str, edits: Edits) -> list[str]:
    """Return the kinds of what edits take from one test of a file."""
    text = base
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path = PATHS[base]
    change = TextChange(path, path, base.encode(), text.encode())
    return [one.kind for loss in find_losses([change], {path: [name]}) for one in loss.taken]


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_taken_from_a_test_with_braces_is_named(case: str) -> None:
    assert lose(*TAKEN[case])


@pytest.mark.parametrize("case", KEPT)
def test_a_test_with_braces_that_asks_for_as_much_is_left_alone(case: str) -> None:
    assert lose(*KEPT[case]) == []


def test_a_test_of_go_that_may_be_skipped_is_still_one() -> None:
    short = "\tif testing.Short() {\n\t\tt.Skip()\n\t}\n"
    base = GO.replace("t *testing.T) {\n", "t *testing.T) {\n" + short, 1)
    PATHS[base] = "cart_test.go"
    assert lose(base, "TestTotal", (("got != 6", "got == 0"),))
    assert lose(base, "TestTotal", (("total: got", "Total() got"),)) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("it('a', () => {" + "{" * 9000, id="nested"),
        pytest.param("it('a', () => {" + "if (a) " * 9000, id="conditions without braces"),
        pytest.param("it('a', () => { if (" + "!" * 9000 + ") {} })", id="negations"),
        pytest.param("it('a', () => { expect(" + "(" * 9000, id="brackets"),
        pytest.param("it('a', () => { x = " + "/[" * 9000, id="patterns"),
        pytest.param("it('a', () => { ; , && . } } ) => {", id="no grammar"),
        pytest.param("it('a', () => {\n  loop.run()\n  match = 1\n})", id="names of statements"),
        pytest.param("it('a', () => { x = [" + "{n: 1}," * 20_000 + "] })", id="objects"),
        pytest.param("it('a', () => { x" + ".then(() => { b() })" * 9000 + "})", id="callbacks"),
        pytest.param(
            "it('a', () => {" + f"for (const a of [{'1,' * 150}1]) {{" * 5 + "b = 1" + "}" * 6,
            id="loops within loops",
        ),
        pytest.param("it('a', () => {" + "[1, 2].forEach(a => {" * 50 + "})" * 51, id="doubling"),
    ],
)
def test_what_is_no_code_is_read_to_its_end(text: str) -> None:
    change = TextChange("a.test.js", "a.test.js", text.encode(), b"")
    with expect_end():
        assert find_losses([change], {"a.test.js": ["a"]}) is not None


@given(st.sampled_from(sorted(PATHS)), st.lists(st.sampled_from(WILD), max_size=60), st.randoms())
def test_whatever_is_written_in_a_test_is_read(base: str, words: list[str], random: Random) -> None:
    text = base
    for word in words:
        place = random.randrange(len(text) + 1)
        text = f"{text[:place]} {word} {text[place:]}"
    path = PATHS[base]
    for old, new in ((base, text), (text, base)):
        change = TextChange(path, path, old.encode(), new.encode())
        assert (
            find_losses([change], {path: list(read_foreign_tests(base.encode(), path).tests)})
            is not None
        )
