// Runs the main script of the binary under a plain Node, as its loader does, and writes which
// built-in modules it required and loaded: `node run-bundle.cjs SCRIPT OUT ARGUMENT...`.
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');

const [, , file, out, ...args] = process.argv;
process.argv = [process.execPath, 'dexchange', ...args];
const script = new Script(readFileSync(file, 'latin1'), { filename: file });
const required = new Set();
const before = new Set(process.moduleLoadList);
process.on('exit', () => {
  const loaded = process.moduleLoadList.filter((name) => !before.has(name));
  writeFileSync(out, JSON.stringify({ required: [...required], loaded }));
});
script.runInThisContext()(
  (id) => {
    required.add(id);
    return process.getBuiltinModule(id);
  },
  { exports: {} },
);
