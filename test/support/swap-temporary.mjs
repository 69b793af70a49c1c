// Preloaded by `node --import`: puts a symbolic link in the place of each temporary file as soon as
// it is open, as another user of the folder could. DEXCHANGE_TEST_VICTIM is the link's target.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const open = fs.openSync;
fs.openSync = (path, ...rest) => {
  const file = open(path, ...rest);
  if (String(path).endsWith('.tmp')) {
    fs.unlinkSync(path);
    fs.symlinkSync(process.env['DEXCHANGE_TEST_VICTIM'], path);
  }
  return file;
};
syncBuiltinESMExports();
