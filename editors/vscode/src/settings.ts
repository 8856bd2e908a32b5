/** What the user has set, as the client needs it. */

export interface Settings {
  readonly enable: boolean;
  readonly path: string;
  readonly arguments: readonly string[];
  readonly languages: readonly string[];
}

type Read = (name: string) => unknown;

/** Return the settings; a value of the wrong kind counts as not given. */
export function readSettings(read: Read): Settings {
  return {
    enable: read("enable") !== false,
    path: asText(read("path")) ?? "guard",
    arguments: asTexts(read("arguments")) ?? ["lsp"],
    languages: asTexts(read("languages")) ?? ["python"],
  };
}

/** Return which documents are checked: saved ones of the languages, on this machine. */
export function selectDocuments(languages: readonly string[]): { scheme: string; language: string }[] {
  return [...new Set(languages)].map((language) => ({ scheme: "file", language }));
}

/** Return what to say when the server cannot be started. */
export function explainFailure(path: string, error: unknown): string {
  const code = (error as { code?: string } | undefined)?.code;
  if (code === "ENOENT" || /ENOENT/.test(String(error)))
    return `guard is not at "${path}"; install it (pip install devmatrix-guard), or set devmatrix-guard.path.`;
  return `guard could not be started: ${error instanceof Error ? error.message : String(error)}`;
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() ? value.trim() : undefined;
}

function asTexts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined;
}
