// The settings as the client needs them, and that the package names what the code reads.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { buildSync } from "esbuild";

const place = new URL("../dist/settings.test.mjs", import.meta.url);
buildSync({ entryPoints: [new URL("../src/settings.ts", import.meta.url).pathname], format: "esm", outfile: place.pathname });
const { explainFailure, readSettings, selectDocuments } = await import(place);
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const declared = manifest.contributes.configuration.properties;

test("what is not set has the value that the package declares", () => {
  const read = readSettings((name) => declared[`devmatrix-guard.${name}`].default);
  assert.deepEqual(read, readSettings((name) => (name === "languages" ? read.languages : undefined)));
  assert.deepEqual(read.arguments, ["lsp"]);
});

test("a value of the wrong kind counts as not given", () => {
  const read = readSettings(() => 7);
  assert.equal(read.path, "guard");
  assert.deepEqual(read.languages, ["python"]);
});

test("only files on this machine are checked, each language once", () => {
  assert.deepEqual(selectDocuments(["go", "go"]), [{ scheme: "file", language: "go" }]);
});

test("a program that is not there is named with the remedy", () => {
  assert.match(explainFailure("/x/guard", { code: "ENOENT" }), /install it/);
  assert.match(explainFailure("guard", new Error("broken")), /broken/);
});

test("a folder that is not trusted cannot choose what is started", () => {
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  for (const name of ["devmatrix-guard.path", "devmatrix-guard.arguments"]) {
    assert.ok(restricted.includes(name));
    assert.equal(declared[name].scope, "machine-overridable");
  }
});

test("commands that are registered are declared", () => {
  const source = readFileSync(new URL("../src/extension.ts", import.meta.url), "utf8");
  for (const { command } of manifest.contributes.commands)
    assert.ok(source.includes("`${SECTION}." + command.split(".")[1] + "`"), command);
});
