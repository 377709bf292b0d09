// Adds the counts of the test runs up into the closing line; a run without a test is a failure.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const files = ['check.json', 'test.json'].map((name) => join(process.argv[2], name));
const runs = files.filter(existsSync).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const sum = (count) => runs.reduce((total, run) => total + count(run), 0);
const passed = sum(({ numPassedTests }) => numPassedTests);
const failed =
  sum(
    ({ numFailedTests, numRuntimeErrorTestSuites }) => numFailedTests + numRuntimeErrorTestSuites,
  ) +
  (files.length - runs.length);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
