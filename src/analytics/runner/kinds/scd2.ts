/**
 * `scd2`: versions of customers and products, kept as an `upsert` model keeps its rows. The delta of
 * an increment holds single versions, so what must hold of a key's versions together is asked of all
 * that were recomputed before any of them is published.
 */
import { historyChecks } from '../../compiler/scd2.js';
import type { Model } from '../../compiler/model.js';
import { audit } from '../audit.js';
import type { RunContext } from '../run-context.js';

/** Why the versions in `computed` must not be published, or null; of another kind always null. */
export async function brokenHistory(
  context: RunContext,
  model: Model,
  computed: string,
): Promise<string | null> {
  if (model.kind !== 'scd2') return null;
  const verdict = await audit(context, { ...model, checks: historyChecks(model) }, computed);
  return verdict.heldBecause;
}
