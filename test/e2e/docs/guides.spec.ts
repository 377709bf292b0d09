/**
 * The guides work word by word: their files are written and their commands run, one guide after the
 * other, in a copy of the project.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { dataDirectory } from '../../support/spawned-service.js';
import { createTestDatabase, temporaryFolder } from '../../support/stores.js';

const run = promisify(execFile);

/** In the order in which they go on from one another, with how many blocks each has. */
const GUIDES = [
  ['docs/guides/add-a-source.md', { files: 2, commands: 2 }],
  ['docs/guides/add-a-model.md', { files: 3, commands: 1 }],
  ['docs/guides/add-a-metric.md', { files: 2, commands: 1 }],
] as const;

const NOT_COPIED = ['node_modules', '.git', 'dist', 'coverage', '.cartograph'];
const GUIDE_MS_MAX = 400_000;

interface Block {
  language: string;
  text: string;
  /** The file that the block is, or stands in after a line. */
  path: string | undefined;
  after: string | undefined;
}

function blocksOf(guide: string): Block[] {
  const pattern =
    /(?:^\*\*`([^`]+)`\*\*(?:, after the line `([^`]+)`)?\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm;
  return [...readFileSync(guide, 'utf8').matchAll(pattern)].map(
    ([, path, after, language, text]) => ({ path, after, language: language!, text: text! }),
  );
}

let project: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  project = join(temporaryFolder(), 'project');
  cpSync('.', project, {
    recursive: true,
    filter: (path) => !NOT_COPIED.includes(path.split('/')[0]!),
  });
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
  cpSync('dist', join(project, 'dist'), { recursive: true });
  environment = {
    ...process.env,
    DATA_DIR: dataDirectory(),
    DATABASE_URL: await createTestDatabase(),
    npm_config_offline: 'true',
  };
});

function write({ path, after, text }: Block): void {
  const file = join(project, path!);
  mkdirSync(dirname(file), { recursive: true });
  if (after === undefined) return writeFileSync(file, text);
  const lines = readFileSync(file, 'utf8').split('\n');
  const places = lines.flatMap((line, index) => (line === after ? [index] : []));
  expect(places).toHaveLength(1);
  lines.splice(places[0]! + 1, 0, text.trimEnd());
  writeFileSync(file, lines.join('\n'));
}

/** Each line stands in the output, in this order; `…` stands for lines that are not shown. */
function expectShown(output: string, shown: string): void {
  const lines = output.split('\n').map((line) => line.trimEnd());
  let place = 0;
  for (const line of shown.trimEnd().split('\n')) {
    if (line === '…') continue;
    const found = lines.indexOf(line, place);
    if (found < 0) expect(lines.slice(place)).toContain(line);
    place = found + 1;
  }
}

it.each(GUIDES)(
  '%s',
  async (guide, { files, commands }) => {
    const blocks = blocksOf(guide);
    expect(blocks.filter(({ path }) => path !== undefined)).toHaveLength(files);
    const scripts = blocks.filter(({ language }) => language === 'sh');
    expect(scripts).toHaveLength(commands);
    for (const block of blocks.filter(({ path }) => path !== undefined)) write(block);
    const mark = '--- next ---';
    const script = scripts.map(({ text }) => text).join(`echo '${mark}'\n`);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: project,
      env: environment,
      timeout: GUIDE_MS_MAX,
    });
    const outputs = stdout.split(`${mark}\n`);
    const shown = blocks.filter(({ language }) => language === 'text');
    expect(shown).toHaveLength(commands);
    shown.forEach(({ text }, index) => expectShown(outputs[index]!, text));
  },
  GUIDE_MS_MAX,
);

it('the guides link only to what exists', () => {
  const missing = GUIDES.flatMap(([guide]) =>
    [...readFileSync(guide, 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, link]) => join(dirname(guide), link!))
      .filter((path) => !existsSync(path)),
  );
  expect(missing).toEqual([]);
});
