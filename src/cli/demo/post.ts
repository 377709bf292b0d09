/** Posts a batch as an SDK would, and sends it again while the service says it is busy. */
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../../contracts/json.js';
import type { Acknowledgement } from '../../ingest/index.js';

const MAX_ATTEMPTS = 10;

export async function postBatch(
  url: string,
  writeKey: string,
  batch: JsonObject[],
): Promise<Acknowledgement> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  };
  const body = JSON.stringify({ batch, sentAt: new Date().toISOString() });
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${url}/v1/batch`, { method: 'POST', headers, body });
    if (response.ok) {
      const acknowledgement = (await response.json()) as Acknowledgement;
      if (acknowledgement.rejected > 0) {
        throw new Error(`${acknowledgement.rejected} events of the demo were rejected.`);
      }
      return acknowledgement;
    }
    if (response.status !== 503 || attempt === MAX_ATTEMPTS) {
      throw new Error(`The collector answered ${response.status}: ${await response.text()}`);
    }
    await wait(Number(response.headers.get('retry-after') ?? 1) * 1000);
  }
}
