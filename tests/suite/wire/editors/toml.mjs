// What VS Code shows in a config by its extension "Even Better TOML", and any editor by taplo, whose language server
// that is. Given on standard input: { dir, file, texts }, each text with the cursor at "|". Printed: what is offered
// there, what is said there, and what is wrong.
import lsp from "@taplo/lsp";
import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";

// It asks for a catalog of schemas and goes on without; nothing is ever asked outside.
globalThis.fetch = async () => {
  throw new Error("there is no network");
};
const { dir, file, texts } = JSON.parse(readFileSync(0, "utf8"));
const print = async (bytes) => process.stderr.write(bytes) && bytes.length;
const environment = {
  now: () => new Date(),
  envVar: () => undefined,
  envVars: () => [],
  stdErrAtty: () => false,
  stdin: async () => new Uint8Array(),
  stdout: print,
  stderr: print,
  glob: () => [],
  readFile: async (path) => readFileSync(path),
  writeFile: async () => {},
  urlToFilePath: (url) => decodeURIComponent(url).slice("file://".length),
  isAbsolute,
  cwd: () => dir,
  findConfigFile: () => undefined,
};

const waiting = new Map();
const judged = new Map();
const server = await lsp.TaploLsp.initialize(environment, {
  onMessage({ id, method, params, result }) {
    if (method === "textDocument/publishDiagnostics") {
      judged.get(params.uri)(params.diagnostics);
    } else if (method === "workspace/configuration") {
      server.send({ jsonrpc: "2.0", id, result: params.items.map(() => ({ schema: { enabled: true, catalogs: [] } })) });
    } else if (method === undefined) {
      waiting.get(id)?.(result);
    }
  },
});
let asked = 0;
const tell = (method, params) => server.send({ jsonrpc: "2.0", method, params });
const ask = (method, params) =>
  new Promise((resolve) => {
    asked += 1;
    waiting.set(asked, resolve);
    server.send({ jsonrpc: "2.0", id: asked, method, params });
  });

// It says that nothing is wrong when it opens a file, and when it can be parsed; the third word is that of the schema.
const judges = (uri) =>
  new Promise((resolve) => {
    let said = 0;
    judged.set(uri, (wrong) => {
      said += 1;
      if (wrong.length > 0 || said === 3) resolve(wrong);
    });
  });

const root = pathToFileURL(dir).href;
await ask("initialize", {
  processId: null,
  rootUri: root,
  capabilities: {},
  workspaceFolders: [{ uri: root, name: "home" }],
});
tell("initialized", {});
const answers = [];
for (const [index, marked] of texts.entries()) {
  const cursor = marked.indexOf("|");
  const text = marked.slice(0, cursor) + marked.slice(cursor + 1);
  const before = text.slice(0, cursor).split("\n");
  // Each has a name of its own, so that nothing is remembered of the one before.
  const uri = pathToFileURL(`${dir}/${index}-${file}`).href;
  const judgement = judges(uri);
  tell("textDocument/didOpen", { textDocument: { uri, languageId: "toml", version: 1, text } });
  const place = { textDocument: { uri }, position: { line: before.length - 1, character: before.at(-1).length } };
  const items = (await ask("textDocument/completion", place)) ?? [];
  const hover = await ask("textDocument/hover", place);
  answers.push({
    offers: items.map(({ label, documentation }) => [label, documentation?.value ?? ""]),
    says: (hover?.contents?.value ?? "").trim(),
    wrong: (await judgement).map(({ message }) => message),
  });
}
// Its timers would go on.
process.stdout.write(JSON.stringify(answers), () => process.exit());
