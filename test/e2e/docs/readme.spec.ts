/** The README's examples run as they stand, and answer what the README says. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startTestService, type TestService } from '../../support/service.js';

const run = promisify(execFile);
const readme = readFileSync('README.md', 'utf8');

interface Example {
  script: string;
  answer: unknown;
}

/** Each shell block with the JSON block that follows it, if one does. */
function examples(): Example[] {
  const blocks = [...readme.matchAll(/^```(sh|json)\n([\s\S]*?)^```$/gm)].map(
    ([, language, text]) => ({ language, text: text! }),
  );
  return blocks
    .map(({ language, text }, index) => {
      const next = blocks[index + 1];
      const answer = next?.language === 'json' ? (JSON.parse(next.text) as unknown) : null;
      return { language, script: text, answer };
    })
    .filter(({ language }) => language === 'sh');
}

describe('README', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });

  it('shows examples that answer what it says', async () => {
    const all = examples();
    expect(all.length).toBeGreaterThanOrEqual(6);
    const mark = '--- end of example ---';
    const script = all
      .map((example) => `${example.script.trim()}\necho; echo '${mark}'`)
      .join('\n')
      .replaceAll('http://127.0.0.1:3000', service.url);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      env: { ...process.env, DATA_DIR: service.platform.config.dataDir },
      timeout: 100_000,
    });
    const outputs = stdout.split(mark).map((text) => text.trim());
    all.forEach(({ answer }, index) => {
      if (answer === null) return;
      expect(JSON.parse(outputs[index]!)).toMatchObject(answer as object);
    });
    expect(all.filter(({ answer }) => answer !== null)).toHaveLength(4);
  });
});

describe('the documentation', () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];

  it.each(pages)('%s links only to what exists', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map(([, to]) => to!);
    const missing = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => !existsSync(join(dirname(page), link)));
    expect(missing).toEqual([]);
  });

  it('names every variable of the configuration', async () => {
    const { VARIABLES } = await import('../../../src/platform/config/config.js');
    const unnamed = Object.values(VARIABLES).filter(({ name }) => !readme.includes(`\`${name}\``));
    expect(unnamed).toEqual([]);
  });
});
