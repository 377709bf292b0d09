/**
 * The import law: contracts ← platform ← {ingest, analytics} ← modules ← app.module ← main ← cli.
 * Stages meet at tables, not at imports.
 */
const law = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    law('no-circular', 'A cycle is a missing concept.', {}, { circular: true }),
    law(
      'contracts-import-nothing',
      'Contracts know neither Nest nor I/O nor any other folder.',
      { path: '^src/contracts/', pathNot: '\\.spec\\.ts$' },
      { pathNot: '^src/contracts/' },
    ),
    law(
      'platform-imports-contracts-only',
      'The platform serves all stages and knows none.',
      { path: '^src/platform/' },
      { path: '^src/(ingest|analytics|modules|cli|main|app\\.module|openapi)' },
    ),
    law(
      'ingest-stands-alone',
      'Ingest meets analytics at the bronze tables.',
      { path: '^src/ingest/' },
      { path: '^src/(analytics|modules|cli|main|app\\.module|openapi)' },
    ),
    law(
      'analytics-stands-alone',
      'Analytics meets ingest at the bronze tables.',
      { path: '^src/analytics/' },
      { path: '^src/(ingest|modules|cli|main|app\\.module|openapi)' },
    ),
    law(
      'compiler-is-pure',
      'The compiler has no database and no files.',
      { path: '^src/analytics/compiler/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/(platform|analytics/runner)|^(node:)?(fs|net|http)' },
    ),
    law(
      'faces-of-analytics',
      'Outside analytics only its public face is imported.',
      { path: '^src/', pathNot: '^src/analytics/' },
      { path: '^src/analytics/', pathNot: '^src/analytics/index\\.ts$' },
    ),
    law(
      'faces-of-ingest',
      'Outside ingest only its public face is imported.',
      { path: '^src/', pathNot: '^src/ingest/' },
      { path: '^src/ingest/', pathNot: '^src/ingest/index\\.ts$' },
    ),
    law(
      'departments-do-not-mix',
      'A department imports the shared metrics, never another department.',
      { path: '^src/modules/([^/]+)/', pathNot: '^src/modules/metrics/' },
      { path: '^src/modules/', pathNot: ['^src/modules/metrics/', '^src/modules/$1/'] },
    ),
    law(
      'metrics-import-no-department',
      'The query builder serves all departments and knows none.',
      { path: '^src/modules/metrics/' },
      { path: '^src/modules/', pathNot: '^src/modules/metrics/' },
    ),
    law(
      'modules-below-the-wiring',
      'Departments are wired, they do not wire.',
      { path: '^src/modules/' },
      { path: '^src/(cli|main|app\\.module|openapi)' },
    ),
    law(
      'wiring-is-for-main',
      'The wiring is imported by main.ts alone.',
      { path: '^src/', pathNot: '^src/main\\.ts$' },
      { path: '^src/app\\.module' },
    ),
    law(
      'main-is-for-the-command-line',
      'The service is started by the command line; nothing it is made of starts it.',
      { path: '^src/', pathNot: '^src/(cli/|main\\.ts$)' },
      { path: '^src/main\\.ts$' },
    ),
    law(
      'one-warehouse-client',
      'Only the warehouse folder knows which engine serves.',
      { path: '^src/', pathNot: '^src/platform/warehouse/' },
      { path: 'node_modules/(@clickhouse|chdb)/' },
    ),
    law(
      'no-orphans',
      'What nobody imports is dead.',
      { orphan: true, pathNot: ['\\.spec\\.ts$', '\\.json$', '\\.d\\.ts$'] },
      {},
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
