import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Over the embedded warehouse per-call settings become SET and outlive the call, so no statement
 * may carry any: what varies stands in the statement's own `settings` clause.
 */
const noPerCallSettings = {
  selector: "Property[key.name='clickhouse_settings'], Property[key.value='clickhouse_settings']",
  message: 'Settings go once into a connection (connections.ts) or into the statement itself.',
};

const onlyConfigReadsEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only src/platform/config reads the environment.',
};

const noForwardRef = {
  selector: 'ImportSpecifier[imported.name=/^(forwardRef|ModuleRef)$/]',
  message: 'A cycle between modules is a missing concept; find it instead.',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  eslint.configs.recommended,
  tseslint.configs.strict,
  {
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 6],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'no-restricted-syntax': [
        'error',
        noPerCallSettings,
        onlyConfigReadsEnvironment,
        noForwardRef,
      ],
    },
  },
  {
    files: ['src/platform/warehouse/url-engine.ts'],
    rules: { 'no-restricted-syntax': ['error', onlyConfigReadsEnvironment, noForwardRef] },
  },
  // A migration reads best as one list of statements.
  { files: ['migrations/**'], rules: { 'max-lines-per-function': 'off' } },
  {
    files: ['src/platform/config/**'],
    rules: { 'no-restricted-syntax': ['error', noPerCallSettings, noForwardRef] },
  },
  {
    files: ['**/*.spec.ts', 'test/**', 'bin/**', '*.mjs', '*.cjs'],
    languageOptions: {
      globals: {
        ...Object.fromEntries(
          [
            'setTimeout',
            'clearTimeout',
            'setInterval',
            'clearInterval',
            'performance',
            'setImmediate',
            'Buffer',
            'fetch',
            'Response',
            'module',
            'require',
          ].map((name) => [name, 'readonly']),
        ),
      },
    },
    rules: {
      'no-restricted-syntax': ['error', noPerCallSettings],
      'no-console': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
  // The stand-in for a ClickHouse server must take what a server takes.
  { files: ['test/support/clickhouse-http/**'], rules: { 'no-restricted-syntax': 'off' } },
);
