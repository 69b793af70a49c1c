// Preloaded by `node --import`: kills the process while it replaces a file, at the call that
// DEXCHANGE_TEST_END_AT names, as SIGKILL or a power cut would.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = process.env['DEXCHANGE_TEST_END_AT'];
let temporary;
const open = fs.openSync;
fs.openSync = (path, ...rest) => {
  const file = open(path, ...rest);
  if (String(path).endsWith('.tmp')) temporary = file;
  return file;
};
const write = fs.writeSync;
fs.writeSync = (file, ...rest) => {
  if (at === 'writeSync' && file === temporary) {
    write(file, 'half of ');
    process.kill(process.pid, 'SIGKILL');
  }
  return write(file, ...rest);
};
for (const name of ['fsyncSync', 'renameSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (at === name) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();
