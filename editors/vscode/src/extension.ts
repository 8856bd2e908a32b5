/** The client of `guard lsp`: starts it, restarts it when settings change, and says why it cannot. */

import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";

import { explainFailure, readSettings, selectDocuments } from "./settings";

const SECTION = "devmatrix-guard";
const LOG = "Show the log";

let client: LanguageClient | undefined;
let log: vscode.OutputChannel;
// Starts and stops one after another, however quickly settings change.
let last: Promise<void> = Promise.resolve();

export function activate(context: vscode.ExtensionContext): void {
  log = vscode.window.createOutputChannel("guard");
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand(`${SECTION}.restart`, restart),
    vscode.commands.registerCommand(`${SECTION}.showLog`, () => log.show()),
    vscode.workspace.onDidChangeConfiguration((event) =>
      event.affectsConfiguration(SECTION) ? restart() : undefined,
    ),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  void restart();
}

export function deactivate(): Promise<void> {
  return queue(stop);
}

function restart(): Promise<void> {
  return queue(async () => {
    await stop();
    await start();
  });
}

function queue(step: () => Promise<void>): Promise<void> {
  last = last.then(step, step);
  return last;
}

async function start(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const settings = readSettings((name) => configuration.get(name));
  if (!settings.enable) return;
  const run = { command: settings.path, args: [...settings.arguments], transport: TransportKind.stdio };
  const made = new LanguageClient(SECTION, "guard", run, {
    documentSelector: selectDocuments(settings.languages),
    outputChannel: log,
    synchronize: {
      fileEvents: vscode.workspace.createFileSystemWatcher("**/{.guard/rules/**,guard.toml,pyproject.toml}"),
    },
  });
  try {
    await made.start();
    client = made;
  } catch (error) {
    log.appendLine(String(error));
    void vscode.window
      .showErrorMessage(explainFailure(settings.path, error), LOG)
      .then((chosen) => (chosen === LOG ? log.show() : undefined));
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose();
}
