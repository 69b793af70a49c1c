// Preloaded by `node --import`: writes the loaded built-in modules and files when the process ends.
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const out = process.env['DEXCHANGE_TEST_MODULES'];
const before = new Set(process.moduleLoadList);
const files = [];
registerHooks({
  load(url, context, next) {
    files.push(url);
    return next(url, context);
  },
});
process.on('exit', () => {
  const builtin = process.moduleLoadList.filter((name) => !before.has(name));
  writeFileSync(out, JSON.stringify({ builtin, files }));
});
