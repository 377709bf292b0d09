// Adds the counts of the test runs up into the closing line; a run without a test is a failure.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(process.argv[2], 'test.json');
if (!existsSync(file)) {
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}
const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
  readFileSync(file, 'utf8'),
);
const failed = numFailedTests + numRuntimeErrorTestSuites;
process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
process.exit(numPassedTests > 0 && failed === 0 ? 0 : 1);
