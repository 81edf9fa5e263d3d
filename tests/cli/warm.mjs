/**
 * A process that runs command lines one after the other, each as the built `mlldc` would: takes
 * `{ id, cwd, args }` and answers `{ id, code, stdout, stderr }` on its channel to the tests.
 */

import { createRequire } from 'node:module';

const { start } = createRequire(import.meta.url)('../../dist/start.js');
// Every command line listens for a closed pipe.
process.stdout.setMaxListeners(0);
const streams = { stdout: process.stdout, stderr: process.stderr };

let last = Promise.resolve();
process.on('message', ({ id, cwd, args }) => {
  last = last.then(async () => {
    process.chdir(cwd);
    const said = { stdout: '', stderr: '' };
    for (const name of Object.keys(said)) {
      streams[name].write = (chunk, encoding, done) => {
        said[name] += chunk;
        (typeof encoding === 'function' ? encoding : done)?.();
        return true;
      };
    }
    const code = await start(args);
    process.send({ id, code, ...said });
  });
});
