/** The country of an event: a CDN's header, the event's context, else GEOIP_DB, else unknown. */
import { open, validate, type CountryResponse, type Reader } from 'maxmind';
import type { JsonObject } from '../../../contracts/json.js';
import type { RequestFacts } from '../outcome.js';
import { isObject } from './parse.js';

export const UNKNOWN_COUNTRY = 'unknown';

/** Cloudflare, CloudFront, Vercel, Fastly/others by convention. */
const COUNTRY_HEADERS = [
  'cf-ipcountry',
  'cloudfront-viewer-country',
  'x-vercel-ip-country',
  'x-country-code',
];

export class Countries {
  private constructor(private readonly database: Reader<CountryResponse> | null) {}

  static async open(path: string | undefined): Promise<Countries> {
    if (!path) return new Countries(null);
    try {
      return new Countries(await open<CountryResponse>(path));
    } catch (error) {
      throw new Error('GEOIP_DB: expected the path of a readable MaxMind country database.', {
        cause: error,
      });
    }
  }

  countryOf(event: JsonObject, { headers, ip }: RequestFacts): string {
    for (const header of COUNTRY_HEADERS) {
      const code = countryCode(headers[header]);
      if (code) return code;
    }
    const context = isObject(event['context']) ? event['context'] : {};
    const location = isObject(context['location']) ? context['location'] : {};
    const told =
      countryCode(location['country']) ??
      countryCode(location['countryCode']) ??
      countryCode(location['country_code']);
    if (told) return told;
    return this.lookUp(typeof context['ip'] === 'string' ? context['ip'] : ip);
  }

  private lookUp(ip: string): string {
    // The reader finds some country for a text that is no address at all.
    if (!this.database || !validate(ip)) return UNKNOWN_COUNTRY;
    try {
      return this.database.get(ip)?.country?.iso_code ?? UNKNOWN_COUNTRY;
    } catch {
      return UNKNOWN_COUNTRY;
    }
  }
}

/** An ISO 3166 alpha-2 code; CDNs send XX or T1 for what they do not know. */
function countryCode(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[A-Za-z]{2}$/.test(value)) return null;
  const code = value.toUpperCase();
  return code === 'XX' ? null : code;
}
