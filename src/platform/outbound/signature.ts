/** How receivers know that a post is ours: an HMAC of what is sent, by a secret that both know. */
import { createHmac } from 'node:crypto';

/** `sha256=<hex>` of the text. */
export function signatureOf(secret: string, text: string): string {
  return `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
}

/**
 * Signs the moment with the body, as `<timestamp>.<body>`, so that a post which was overheard
 * cannot be sent again later. The timestamp is in seconds since 1970.
 */
export function signedHeaders(secret: string, body: string, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    'x-cartograph-timestamp': timestamp,
    'x-cartograph-signature': signatureOf(secret, `${timestamp}.${body}`),
  };
}
