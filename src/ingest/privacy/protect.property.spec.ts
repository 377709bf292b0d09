import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../contracts/json.js';
import { decodePercent, Tokeniser } from '../../platform/vault/tokeniser.js';
import { protectEvent } from './protect.js';

const tokeniser = new Tokeniser(Buffer.from('a key for tests'));

const letters = (chars: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...chars), minLength, maxLength });

/** Domains end in 'canary', which no other word of these events contains. */
const email = fc
  .tuple(
    letters('abcXYZ019éü', 1, 8),
    fc.constantFrom('', '.', '+', '-', '_'),
    letters('mnoPQ', 1, 8),
  )
  .map(([head, middle, tail]) => `${head}${middle}${tail}@canary-shop.Canary`);

const phone = fc
  .tuple(
    fc.constantFrom('+49', '+1', '0049', '+380'),
    fc.array(letters('123456789', 3, 4), { minLength: 3, maxLength: 3 }),
    fc.constantFrom(' ', '-', '.', ''),
  )
  .map(([code, groups, separator]) => [code, ...groups].join(separator));

const encode = (value: string): string[] => [
  encodeURIComponent(value),
  encodeURIComponent(encodeURIComponent(value)),
  new URLSearchParams({ q: value }).toString().slice(2),
];

const placements: ((value: string) => JsonObject)[] = [
  (value) => ({ traits: { email: value, note: value, plan: value } }),
  (value) => ({ context: { traits: { phone: [value] } } }),
  (value) => ({ properties: { review: `I am ${value}, hello`, [value]: { [`of ${value}`]: 1 } } }),
  (value) => ({ properties: { products: [{ note: [`(${value})`] }] } }),
  ...[0, 1, 2].flatMap((way): ((value: string) => JsonObject)[] => [
    (value) => ({ context: { page: { url: `https://s.example/?a=1&q=${encode(value)[way]}&b` } } }),
    (value) => ({ context: { page: { search: `?email=${encode(value)[way]}#x` } } }),
    (value) => ({ properties: { text: `see https://s.example/?phone=${encode(value)[way]} ok` } }),
  ]),
];

function merge(left: JsonObject, right: JsonObject): JsonObject {
  const result: JsonObject = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const isBoth = [value, left[key]].every((v) => typeof v === 'object' && !Array.isArray(v));
    result[key] = isBoth ? merge(left[key] as JsonObject, value as JsonObject) : value;
  }
  return result;
}

const event = fc
  .tuple(fc.oneof(email, phone), email, fc.subarray(placements, { minLength: 1 }))
  .map(([value, userId, chosen]) => ({
    value,
    userId,
    event: chosen.map((place) => place(value)).reduce(merge, { userId }),
  }));

describe('protectEvent', () => {
  it('lets no e-mail and no phone through', () => {
    fc.assert(
      fc.property(event, (sample) => {
        const seen = decodePercent(JSON.stringify(protectEvent(sample.event, tokeniser).event));
        const lower = seen.toLowerCase();
        expect(lower).not.toContain(sample.value.toLowerCase());
        expect(lower).not.toContain(sample.value.replaceAll(' ', '+').toLowerCase());
        expect(lower).not.toContain('canary');
      }),
      { numRuns: 500 },
    );
  });

  it('gives one e-mail one token wherever it stands', () => {
    fc.assert(
      fc.property(email, fc.subarray(placements, { minLength: 1 }), (value, chosen) => {
        const placed = chosen.map((place) => place(value)).reduce(merge, { userId: value });
        const tokens = JSON.stringify(protectEvent(placed, tokeniser).event).match(/eml_\w{32}/g);
        expect(new Set(tokens)).toEqual(new Set([tokeniser.token('email', value.toUpperCase())]));
      }),
    );
  });

  it('changes nothing the second time', () => {
    const noise = letters('ab12+-. @%04?&=#/:()', 0, 40);
    const noisy = fc.oneof(
      event.map((sample) => sample.event),
      fc.dictionary(fc.constantFrom('email', 'url', 'note', 'search', 'x@y.example'), noise),
      fc.tuple(email, noise, phone, noise, phone).map((parts) => ({ note: parts.join('') })),
    );
    fc.assert(
      fc.property(noisy, (sample) => {
        const once = protectEvent(sample, tokeniser).event;
        expect(protectEvent(once, tokeniser)).toEqual({
          event: once,
          originals: [],
        });
      }),
      { numRuns: 2000 },
    );
  });

  it('never changes its input', () => {
    fc.assert(
      fc.property(event, (sample) => {
        const before = structuredClone(sample.event);
        protectEvent(sample.event, tokeniser);
        expect(sample.event).toEqual(before);
      }),
    );
  });

  it('keeps whatever is not personal', () => {
    const key = fc.constantFrom('type', 'event', 'properties', 'products', 'price', 'sku', 'name');
    const word = fc.oneof(
      fc.constantFrom('2024-05-01T10:00:00.000Z', '550e8400-e29b-41d4-a716-446655440000'),
      fc.constantFrom('SKU-555-1234', '1.234.567,89', 'INV-2024-000123', '1001-2002-3003', '50%'),
      fc.constantFrom('https://shop.example/a?utm_source=x+y&q=%C3%A9#z', 'Größe M / L', '😀 ok?'),
    );
    const { node } = fc.letrec<{ node: JsonValue }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.constant(null)),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, node), (sample) => {
        expect(protectEvent(sample, tokeniser)).toEqual({ event: sample, originals: [] });
      }),
    );
  });
});

describe('hostile text', () => {
  const size = 500_000;
  const units = [
    'a',
    '@',
    '%40',
    '1',
    '+1 ',
    '+',
    '%25',
    'a@',
    'a.',
    'a@b.',
    '?a=',
    '&',
    '//',
    '0',
  ];
  const more = ['555-', '+4915112345678 ', 'a@b.co ', '://a@', '%', '%3D', '?a=%3Fb%3D', '(1', 'é'];

  it.each([...units, ...more])(
    'is read in linear time: %j repeated',
    (unit) => {
      const text = unit.repeat(Math.ceil(size / unit.length));
      const sample = { note: text, url: text, properties: { email: text, search: text } };
      expect(Object.keys(protectEvent(sample, tokeniser).event)).toEqual(Object.keys(sample));
    },
    20_000,
  );
});
