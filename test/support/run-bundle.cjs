// Runs the binary's main script as its loader does, but under a plain Node, and writes which modules
// of the runtime it loaded: `node run-bundle.cjs SCRIPT OUT ARGUMENT...`.
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');

const [, , file, out, ...args] = process.argv;
process.argv = [process.execPath, 'dexchange', ...args];
const script = new Script(readFileSync(file, 'latin1'), { filename: file });
const asked = new Set();
const before = new Set(process.moduleLoadList);
process.on('exit', () => {
  const loaded = process.moduleLoadList.filter((name) => !before.has(name));
  writeFileSync(out, JSON.stringify({ asked: [...asked], loaded }));
});
script.runInThisContext()(
  (id) => {
    asked.add(id);
    return process.getBuiltinModule(id);
  },
  { exports: {} },
);
