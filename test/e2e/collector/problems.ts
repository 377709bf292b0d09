/** What every error of the collector must look like, whatever was sent. */
import { ERRORS, type Problem } from '../../../src/contracts/errors.js';

/** Reads an answer as a problem; fails if it is none, or repeats any of `secrets`. */
export async function problemOf(response: Response, secrets: string[] = []): Promise<Problem> {
  const text = await response.text();
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(text) as Problem;
  expect(Object.keys(problem).sort()).toEqual(
    ['code', 'detail', 'instance', 'status', 'title', 'type'].sort(),
  );
  expect(problem.status).toBe(response.status);
  expect(problem.type).toBe(`https://cartograph.dev/errors/${problem.code}`);
  expect(ERRORS[problem.code]).toMatchObject({ status: problem.status, title: problem.title });
  expect(problem.detail.length).toBeGreaterThan(10);
  expect(problem.instance).toBe(`urn:request:${response.headers.get('x-request-id')}`);
  for (const secret of secrets) expect(text).not.toContain(secret);
  return problem;
}
