#!/usr/bin/env -S node --max-semi-space-size=64
'use strict';
/*
 * The launcher. The young generation is large, since what an event allocates dies with its request
 * and many small collections cost more than few. CommonJS on purpose: loading an ES module already
 * uses the thread pool, and the pool's size is fixed at its first use. Statements of the embedded
 * warehouse each hold a thread.
 */
process.env.UV_THREADPOOL_SIZE ||= '16';
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Cartograph needs Node.js 20.19 or newer; this is ${process.version}.\n`);
  process.exit(1);
}
import('../dist/src/cli/main.js').then(
  ({ main }) => main(process.argv),
  (error) => {
    const isNotBuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /dist/.test(error.message);
    const hint = isNotBuilt ? 'Cartograph is not built yet: run `npm run build`.' : error.stack;
    process.stderr.write(`${hint}\n`);
    process.exit(1);
  },
);
