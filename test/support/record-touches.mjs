// Preloaded by `node --import`: writes the opened files, started processes and connections when the
// process ends.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const { writeFileSync } = fs;
const out = process.env['DEXCHANGE_TEST_TOUCHES'];
const touches = { files: [], processes: [], connections: [] };

for (const name of ['openSync', 'readFileSync', 'statSync', 'lstatSync', 'existsSync', 'accessSync']) {
  const original = fs[name];
  fs[name] = (path, ...rest) => {
    if (typeof path === 'string') touches.files.push(path);
    return original(path, ...rest);
  };
}
for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync', 'exec', 'execSync', 'fork']) {
  const original = childProcess[name];
  childProcess[name] = (command, ...rest) => {
    touches.processes.push(command);
    return original(command, ...rest);
  };
}
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [first] = args.flat();
  touches.connections.push(typeof first === 'object' ? first?.port : first);
  return connect.apply(this, args);
};
syncBuiltinESMExports();
process.on('exit', () => writeFileSync(out, JSON.stringify(touches)));
