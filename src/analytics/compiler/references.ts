/** Finds and resolves ref('layer.model') and source('layer.table') in a model's SQL. */

const REFERENCE = /\b(ref|source)\(\s*'([^']*)'\s*\)/g;

export interface Reference {
  call: 'ref' | 'source';
  name: string;
}

export function findReferences(sql: string): Reference[] {
  return [...withoutComments(sql).matchAll(REFERENCE)].map(([, call, name]) => ({
    call: call as Reference['call'],
    name: name!,
  }));
}

/** Both resolve to the table's own name: an `upsert` model is read through its view. */
export function resolveReferences(sql: string): string {
  return withoutComments(sql).replace(REFERENCE, (_, __, name: string) => name);
}

function withoutComments(sql: string): string {
  return sql
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('--'))
    .join('\n')
    .trim();
}
