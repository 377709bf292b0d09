/** Step 5, validate: the event against its contract. A breach is kept, not refused. */
import type { JsonObject } from '../../../contracts/json.js';
import type { ContractRegistry } from '../contract-registry.js';
import type { Reason } from '../outcome.js';

export interface Validity {
  contract: string;
  version: number;
  reasons: Reason[];
}

export function validate(event: JsonObject, contracts: ContractRegistry): Validity {
  const { contract, version, violations } = contracts.check(event);
  const reasons = violations.map(({ path, rule, message }) => ({ code: rule, path, message }));
  return { contract, version, reasons };
}
