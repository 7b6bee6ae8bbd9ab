// What VS Code shows in a config: its language service for JSON, with the schema that the file names and no other.
// Given on standard input: { dir, file, texts }, each text with the cursor at "|". Printed: what is offered there, what
// is said there, and what is wrong.
import service from "vscode-json-languageservice";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const { dir, file, texts } = JSON.parse(readFileSync(0, "utf8"));
const language = service.getLanguageService({
  schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), "utf8"),
  workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
});
language.configure({ allowComments: true, validate: true });

const answers = [];
for (const marked of texts) {
  const cursor = marked.indexOf("|");
  const text = marked.slice(0, cursor) + marked.slice(cursor + 1);
  const document = service.TextDocument.create(pathToFileURL(`${dir}/${file}`).href, "jsonc", 1, text);
  const tree = language.parseJSONDocument(document);
  const at = document.positionAt(cursor);
  const { items } = await language.doComplete(document, at, tree);
  const hover = await language.doHover(document, at, tree);
  answers.push({
    offers: items.map(({ label, documentation }) => [label, documentation?.value ?? documentation ?? ""]),
    // It is Markdown, in which every character that could mean something is escaped.
    says: (hover?.contents ?? []).join("\n").replaceAll(/\\([^A-Za-z0-9])/g, "$1").trim(),
    wrong: (await language.doValidation(document, tree)).map(({ message }) => message),
  });
}
console.log(JSON.stringify(answers));
