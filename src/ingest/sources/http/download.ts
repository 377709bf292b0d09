/**
 * Fetches one small file over HTTP: within a time and a size, without following redirects. What goes
 * wrong is told without the address, which may hold a key.
 */
export interface DownloadLimits {
  timeoutMs: number;
  /** Of the body as it is read, decompressed. */
  maxBytes: number;
  signal: AbortSignal;
}

/** Why an answer is not taken; its message holds nothing of the address. */
export class NotTaken extends Error {}

export async function download(
  url: string,
  { timeoutMs, maxBytes, signal }: DownloadLimits,
): Promise<Buffer> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new NotTaken(`answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest of the body.
    if (size > maxBytes) throw new NotTaken(`answered more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) throw new NotTaken('answered with nothing');
  return Buffer.concat(chunks);
}

/** In words that hold no address. */
export function describeFailure(error: unknown): string {
  if (error instanceof NotTaken) return error.message;
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: unknown };
  if (name === 'TimeoutError') return 'no answer in time';
  const told = [code, (cause as { code?: unknown } | undefined)?.code, name];
  return told.find((word): word is string => typeof word === 'string') ?? 'failed';
}
