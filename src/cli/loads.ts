/** What the command line knows of loads and extractions: their record, and how one is followed. */
import { setTimeout as wait } from 'node:timers/promises';
import type { ApiClient } from './client.js';

const POLL_MS = 200;

export interface LoadView {
  id: string;
  status: 'uploading' | 'queued' | 'running' | 'done' | 'failed';
  rows_total: number | null;
  counts: { read: number; loaded: number; ignored: number; rejected: number; unchanged: number };
  error: { code: string; detail: string } | null;
}

/** Answers with the load when it has ended; `tell` hears of every change on the way. */
export async function followLoad(
  client: ApiClient,
  id: string,
  tell: (load: LoadView) => void = () => undefined,
): Promise<LoadView> {
  let known = -1;
  for (;;) {
    const load = await client.request<LoadView>('GET', `/api/v1/pipelines/loads/${id}`);
    if (load.counts.read !== known) tell(load);
    known = load.counts.read;
    if (load.status === 'done' || load.status === 'failed') return load;
    await wait(POLL_MS);
  }
}

/** The five counts in a line, and what failed. */
export function wordsOf({ counts, error }: LoadView): string {
  const { read, loaded, ignored, rejected, unchanged } = counts;
  const line =
    `read ${read}: loaded ${loaded}, ignored ${ignored}, rejected ${rejected}, ` +
    `unchanged ${unchanged}`;
  return error ? `${line}\nfailed: ${error.detail} (${error.code})` : line;
}
