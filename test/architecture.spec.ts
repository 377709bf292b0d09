/** The habits of this code base that a machine can check. The import law is dependency-cruiser's. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAX_FILE_LINES = 300;
const MAX_SQL_COLUMNS = 90;

function filesBelow(folder: string, pattern: RegExp): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

const code = filesBelow('src', /\.ts$/);
const product = code.filter(({ path }) => !path.endsWith('.spec.ts'));
const sql = ['src', 'migrations/warehouse', 'docs/sql'].flatMap((folder) =>
  filesBelow(folder, /\.sql$/),
);
const tests = filesBelow('test', /\.(ts|mjs)$/);

const offenders = (files: { path: string; text: string }[], pattern: RegExp) =>
  files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

/** Lines of code; comments and blank lines are free. */
function codeLines(text: string): number {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;
}

describe('budgets', () => {
  it(`keeps files within ${MAX_FILE_LINES} lines of code`, () => {
    const long = product.filter(({ text }) => codeLines(text) > MAX_FILE_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('keeps constructors within six dependencies', () => {
    const crowded = product.filter(({ text }) =>
      [...text.matchAll(/constructor\(([^)]*)\)/g)].some(
        ([, list]) => (list!.match(/:/g) ?? []).length > 6,
      ),
    );
    expect(crowded.map(({ path }) => path)).toEqual([]);
  });

  it(`keeps SQL within ${MAX_SQL_COLUMNS} columns, keywords in lower case`, () => {
    const wide = sql.filter(({ text }) =>
      text.split('\n').some((line) => line.length > MAX_SQL_COLUMNS),
    );
    expect(wide.map(({ path }) => path)).toEqual([]);
    const keywords = /^(?!\s*--).*\b(SELECT|FROM|WHERE|GROUP BY|ORDER BY|CREATE|INSERT|JOIN)\b/m;
    expect(offenders(sql, keywords)).toEqual([]);
  });
});

describe('models', () => {
  it('come in pairs of .sql and .yml', () => {
    const stems = (pattern: RegExp) =>
      filesBelow('src/analytics/models', pattern)
        .map(({ path }) => path.replace(pattern, ''))
        .filter((path) => !path.endsWith('_sources'))
        .sort();
    expect(stems(/\.sql$/)).toEqual(stems(/\.yml$/));
    expect(stems(/\.sql$/).length).toBeGreaterThan(10);
  });

  it('are read by departments in the gold layer only', () => {
    const queries = filesBelow('src/modules', /\.(sql|metrics\.ts)$/);
    expect(queries.length).toBeGreaterThan(2);
    expect(offenders(queries, /\b(bronze|silver|stage|operations)\./)).toEqual([]);
  });
});

describe('forbidden patterns', () => {
  it.each([
    ['settings of a single call', /clickhouse_settings/, ['url-engine.ts']],
    ['the environment outside the configuration', /process\.env\b/, ['config.ts']],
    ['forwardRef or ModuleRef', /\b(forwardRef|ModuleRef)\b/, []],
    ['any, and what silences a check', /\bas any\b|: any\b|@ts-ignore|eslint-disable/, []],
    ['what is left to do', /\b(TODO|FIXME|XXX)\b/, []],
    ['the clock outside the clock', /new Date\(\)/, ['clock.ts', 'demo/live.ts', 'demo/post.ts']],
  ])('%s', (_, pattern, allowed) => {
    const found = offenders(product, pattern).filter(
      (path) => !allowed.some((name) => path.endsWith(name)),
    );
    expect(found).toEqual([]);
  });

  it('drawers named shared, common or utils', () => {
    expect(code.filter(({ path }) => /\/(shared|common|utils|helpers)\//.test(path))).toEqual([]);
  });

  it('tests that are skipped, focused or cannot fail', () => {
    const pattern = new RegExp(
      ['\\.only', '\\.skip', '\\bxit', 'expect\\(true\\)'].join('\\(|') + '\\(',
    );
    const specs = [...code, ...tests].filter(({ path }) => path.endsWith('.spec.ts'));
    expect(offenders(specs, pattern)).toEqual([]);
  });
});

describe('dependencies', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
    string,
    Record<string, string>
  >;

  it('are pinned', () => {
    const versions = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.values(manifest[kind]!),
    );
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+/.test(version))).toEqual([]);
  });

  it('are locked without download addresses', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "http/);
  });
});
