/** Where the rows behind a name stand, and which publishing models lie behind views. */
import type { Model } from '../compiler/model.js';
import type { RunContext } from './run-context.js';
import { physicalTable } from './tables.js';

/** The table whose `_loaded_at` tells what arrived: an upsert's versions, tombstones included. */
export function upstreamTable(context: RunContext, name: string): string {
  const model = context.models.get(name);
  return model ? physicalTable(model) : name;
}

/** The nearest models upstream that publish rows of their own; views are looked through. */
export function publishingUpstream(models: ReadonlyMap<string, Model>, model: Model): Model[] {
  const found = new Map<string, Model>();
  const visit = (current: Model) => {
    for (const name of current.upstream) {
      const upstream = models.get(name);
      if (!upstream) continue;
      if (upstream.kind === 'view') visit(upstream);
      else found.set(name, upstream);
    }
  };
  visit(model);
  return [...found.values()];
}
