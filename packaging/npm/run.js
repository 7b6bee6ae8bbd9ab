#!/usr/bin/env node
// Runs the program for this platform, which npm installed beside this package.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const name = `@zirkabot/${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${name}/bin/zirkabot`);
} catch {
  console.error(`zirkabot: there is no ${name}; install it with npm, without --omit=optional, or build zirkabot from source`);
  process.exit(70);
}
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A signal for us is one for the program; it decides when to stop.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`zirkabot: ${error.message}`);
  process.exit(126);
});
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
