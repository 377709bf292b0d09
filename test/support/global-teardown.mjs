/** Stops the embedded PostgreSQL of the test run and removes its folder. */
import { rmSync } from 'node:fs';

export default async function globalTeardown() {
  const { testPostgres } = globalThis;
  await testPostgres?.server.stop();
  if (testPostgres) rmSync(testPostgres.directory, { recursive: true, force: true });
}
