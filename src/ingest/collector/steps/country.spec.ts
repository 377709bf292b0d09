import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig, ConfigError } from '../../../platform/config/config.js';
import type { JsonObject } from '../../../contracts/json.js';
import { Countries } from './country.js';

type Headers = Record<string, string | string[] | undefined>;
const request = (headers: Headers, ip = '127.0.0.1') => ({
  headers,
  ip,
  receivedAt: new Date(0),
  sentAt: undefined,
});
const place = (location: JsonObject): JsonObject => ({ context: { location } });

describe('without a database', () => {
  let countries: Countries;
  beforeAll(async () => {
    countries = await Countries.open(undefined);
  });

  it.each<[string, Headers, JsonObject, string]>([
    ['Cloudflare', { 'cf-ipcountry': 'AT' }, {}, 'AT'],
    ['CloudFront', { 'cloudfront-viewer-country': 'de' }, {}, 'DE'],
    ['Vercel', { 'x-vercel-ip-country': 'FR' }, {}, 'FR'],
    ['another CDN', { 'x-country-code': 'JP' }, {}, 'JP'],
    ['the first CDN', { 'x-country-code': 'JP', 'cf-ipcountry': 'AT' }, {}, 'AT'],
    ['a CDN before the event', { 'cf-ipcountry': 'AT' }, place({ country: 'US' }), 'AT'],
    ['XX, then the next', { 'cf-ipcountry': 'XX', 'x-country-code': 'JP' }, {}, 'JP'],
    ['XX, then the event', { 'cf-ipcountry': 'XX' }, place({ country: 'us' }), 'US'],
    ['T1 (Tor)', { 'cf-ipcountry': 'T1' }, {}, 'unknown'],
    ['XX alone', { 'cf-ipcountry': 'XX' }, {}, 'unknown'],
    ['a header of garbage', { 'cf-ipcountry': '<script>' }, {}, 'unknown'],
    ['a header sent twice', { 'cf-ipcountry': ['AT', 'DE'] }, {}, 'unknown'],
    ['countryCode', {}, place({ countryCode: 'GB' }), 'GB'],
    ['country_code', {}, place({ country_code: 'IT' }), 'IT'],
    ['a name, then a code', {}, place({ country: 'Austria', countryCode: 'AT' }), 'AT'],
    ['a name alone', {}, place({ country: 'Austria' }), 'unknown'],
    ['a number', {}, place({ country: 43 }), 'unknown'],
    ['a context of another shape', {}, { context: [{ location: { country: 'AT' } }] }, 'unknown'],
    ['a location of another shape', {}, { context: { location: 'AT' } }, 'unknown'],
    ['nothing', {}, {}, 'unknown'],
  ])('%s', (_, headers, event, expected) => {
    expect(countries.countryOf(event, request(headers))).toBe(expected);
  });
});

describe('with GEOIP_DB', () => {
  let folder: string;
  let countries: Countries;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cartograph-geoip-'));
    writeFileSync(join(folder, 'country.mmdb'), lowerHalfIs('AT'));
    countries = await Countries.open(join(folder, 'country.mmdb'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each<[string, Headers, JsonObject, string, string]>([
    ['the request’s address', {}, {}, '1.2.3.4', 'AT'],
    ['an address that is not listed', {}, {}, '200.2.3.4', 'unknown'],
    ['the event’s own address first', {}, { context: { ip: '1.2.3.4' } }, '200.2.3.4', 'AT'],
    ['the event’s own address only', {}, { context: { ip: '200.1.1.1' } }, '1.2.3.4', 'unknown'],
    ['an address that cannot be read', {}, { context: { ip: 'home' } }, '1.2.3.4', 'unknown'],
    ['a header before the address', { 'cf-ipcountry': 'DE' }, {}, '1.2.3.4', 'DE'],
    ['the event before the address', {}, place({ country: 'US' }), '1.2.3.4', 'US'],
  ])('%s', (_, headers, event, ip, expected) => {
    expect(countries.countryOf(event, request(headers, ip))).toBe(expected);
  });

  it('names the variable, and not its value, for a file that is no database', async () => {
    const wrong = join(folder, 'secret-place.mmdb');
    const words = 'GEOIP_DB: expected the path of a readable MaxMind country database.';
    await expect(Countries.open(wrong)).rejects.toMatchObject({ message: words });
    writeFileSync(wrong, 'no database');
    await expect(Countries.open(wrong)).rejects.toMatchObject({ message: words });
  });

  it('is a variable of the configuration, empty by default', () => {
    expect(AppConfig.load({}, {}).geoipDb).toBeUndefined();
    expect(AppConfig.load({}, { GEOIP_DB: '/geo.mmdb' }).geoipDb).toBe('/geo.mmdb');
    expect(() => AppConfig.load({}, { PORT: 'x', GEOIP_DB: '/geo.mmdb' })).toThrow(ConfigError);
  });
});

/** The smallest MaxMind database: one IPv4 node, 0.0.0.0/1 in `country`, the rest not listed. */
function lowerHalfIs(country: string): Buffer {
  const node = Buffer.from([0, 0, 17, 0, 0, 1]);
  const data = map({ country: map({ iso_code: utf8(country) }) });
  const metadata = map({
    node_count: unsigned(6, 1),
    record_size: unsigned(5, 24),
    ip_version: unsigned(5, 4),
    database_type: utf8('Test-Country'),
    languages: Buffer.from([0, 4]),
    binary_format_major_version: unsigned(5, 2),
    binary_format_minor_version: unsigned(5, 0),
    build_epoch: Buffer.from([1, 2, 1]),
    description: map({}),
  });
  const marker = Buffer.concat([Buffer.from('abcdef', 'hex'), Buffer.from('MaxMind.com')]);
  return Buffer.concat([node, Buffer.alloc(16), data, marker, metadata]);
}

function map(members: Record<string, Buffer>): Buffer {
  const entries = Object.entries(members);
  const header = Buffer.from([(7 << 5) | entries.length]);
  return Buffer.concat([header, ...entries.flatMap(([key, value]) => [utf8(key), value])]);
}

function utf8(text: string): Buffer {
  return Buffer.concat([Buffer.from([(2 << 5) | text.length]), Buffer.from(text)]);
}

function unsigned(type: 5 | 6, value: number): Buffer {
  return Buffer.from([(type << 5) | 1, value]);
}
