/**
 * The command line's way to the service: the running one of the data directory if there is one,
 * else one started for the time of the command. Either way a command speaks the same API.
 */
import type { Problem } from '../contracts/errors.js';
import { AppConfig } from '../platform/config/config.js';
import { readServiceFile } from '../platform/data-dir.js';

export interface ServiceOptions {
  dataDir?: string;
}

const REQUEST_TIMEOUT_MS = 60_000;

type Method = 'GET' | 'POST' | 'DELETE';

export class ApiClient {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  /** The `data` of an answer. Throws an error with the problem's own words. */
  async request<T>(method: Method, path: string, body?: unknown): Promise<T> {
    return (await this.answer<{ data: T } | undefined>(method, path, body))?.data as T;
  }

  /** A whole answer, such as one with its metric contract; undefined where it is empty. */
  async answer<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(wordsOf(response.status, text));
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Sends bytes as they are. Throws an error with the problem's own words. */
  async upload(path: string, bytes: Buffer): Promise<void> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/octet-stream',
      },
      body: new Uint8Array(bytes),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(wordsOf(response.status, await response.text()));
  }
}

/** A problem's own words. What stands between, such as a proxy, answers in another form. */
function wordsOf(status: number, text: string): string {
  try {
    const { title, code, detail } = JSON.parse(text) as Problem;
    return `${title} (${code}). ${detail}`;
  } catch {
    return `The service answered ${status}.`;
  }
}

export async function withService<T>(
  options: ServiceOptions,
  work: (client: ApiClient) => Promise<T>,
): Promise<T> {
  const overrides = options.dataDir ? { dataDir: options.dataDir } : {};
  const config = AppConfig.load({
    ...overrides,
    host: '127.0.0.1',
    port: '0',
    schedules: 'off',
    logLevel: 'warn',
  });
  const running = readServiceFile(config.dataDir);
  if (running) return work(new ApiClient(running.url, running.token));
  // Only now, since the service takes a second to load and most commands find one that runs.
  const { startService } = await import('../main.js');
  const service = await startService(config);
  try {
    return await work(new ApiClient(service.url, service.platform.localToken));
  } finally {
    await service.stop();
  }
}
