/**
 * Posts to receivers outside: one request, no redirect followed, only to addresses that the
 * configuration allows, in bounded time. What it says of a failure holds no URL: a webhook's
 * address is its secret.
 */
import { lookup, type LookupAddress } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AppConfig } from '../config/config.js';
import { isPublicAddress } from './addresses.js';

const TIMEOUT_MS = 10_000;

/** All addresses of a name. */
export type Resolve = (
  hostname: string,
  answer: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** As the operating system has it; both families. */
const resolveAll: Resolve = (hostname, answer) => lookup(hostname, { all: true }, answer);

export interface Post {
  url: string;
  /** The body as it is sent and signed. */
  body: string;
  headers?: Record<string, string>;
  /** Gives the request up, e.g. when the service stops. */
  signal?: AbortSignal;
}

/** What a receiver did not take, in words that may be shown and stored. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';
}

export class Outbound {
  constructor(
    private readonly config: Pick<AppConfig, 'allowPrivateWebhooks'>,
    private readonly timeoutMs = TIMEOUT_MS,
    private readonly resolve: Resolve = resolveAll,
  ) {}

  /** Done when the receiver answered 2xx. Throws {@link Undelivered}. */
  async post({ url, body, headers = {}, signal }: Post): Promise<void> {
    const timeout = AbortSignal.timeout(this.timeoutMs);
    const ended = signal ? AbortSignal.any([signal, timeout]) : timeout;
    try {
      const status = await this.send(new URL(url), body, headers, ended);
      if (status >= 300 && status < 400) {
        throw new Undelivered(
          `answered ${status}, a redirect, which is not followed: configure its target`,
        );
      }
      if (status < 200 || status >= 300) throw new Undelivered(`answered ${status}`);
    } catch (error) {
      throw timeout.aborted ? new Undelivered('no answer in time') : asUndelivered(error);
    }
  }

  private send(
    url: URL,
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<number> {
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    // An address is not looked up; the URL's parser has brought every notation of it into one.
    if (isIP(hostname) !== 0) this.check([hostname]);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise<number>((done, failed) => {
      const sent = request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'cartograph',
          ...headers,
        },
        agent: false,
        lookup: this.lookup,
        signal,
      });
      sent.on('error', failed);
      sent.on('response', (response) => {
        done(response.statusCode ?? 0);
        // Nothing of the answer's body is read, however long it is.
        response.on('error', () => undefined).destroy();
      });
      sent.end(body);
    });
  }

  /**
   * Resolves once, and gives the connection what was checked, so that a name cannot point elsewhere
   * between the check and the connection.
   */
  private readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.resolve(hostname, (error, addresses) => {
      if (error) return callback(error, []);
      try {
        this.check(addresses.map(({ address }) => address));
      } catch (refusal) {
        return callback(refusal as Error, []);
      }
      if (options.all) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };

  private check(addresses: readonly string[]): void {
    if (this.config.allowPrivateWebhooks) return;
    if (addresses.length > 0 && addresses.every(isPublicAddress)) return;
    throw new Undelivered(
      'its address is not public: set ALLOW_PRIVATE_WEBHOOKS=true to allow private receivers',
    );
  }
}

/** A library's own message may quote the URL; its code does not. */
function asUndelivered(error: unknown): Undelivered {
  if (error instanceof Undelivered) return error;
  const { code, name } = error as { code?: unknown; name?: unknown };
  return new Undelivered(String(code ?? name ?? 'failed'));
}
