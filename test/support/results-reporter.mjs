/** Writes the run's counts to JEST_RESULTS, for the closing line of .ci/run. */
import { writeFileSync } from 'node:fs';

export default class ResultsReporter {
  onRunComplete(_, results) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = results;
    const counts = { numPassedTests, numFailedTests, numRuntimeErrorTestSuites };
    writeFileSync(process.env['JEST_RESULTS'], JSON.stringify(counts));
  }
}
