/** Contracts other than those that are shipped, as a fixed or a broken version of them would be. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../src/contracts/json.js';
import { ContractRegistry } from '../../../src/ingest/index.js';
import type { TestService } from '../../support/service.js';
import { temporaryFolder } from '../../support/stores.js';

export const SHIPPED = fileURLToPath(new URL('../../../src/contracts/events', import.meta.url));

/** A copy of the shipped contracts, some of them changed. */
export function contractFolder(
  changes: Record<string, (contract: JsonObject) => JsonObject>,
): string {
  const folder = temporaryFolder();
  cpSync(SHIPPED, folder, { recursive: true });
  for (const [file, change] of Object.entries(changes)) {
    const path = join(folder, file);
    const contract = JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
    writeFileSync(path, JSON.stringify(change(contract)));
  }
  return folder;
}

/** From now on the service holds events against the contracts of this folder. */
export function useContracts(service: TestService, folder: string): void {
  const inUse = service.app.get(ContractRegistry, { strict: false });
  Object.assign(inUse, new ContractRegistry(folder));
}
