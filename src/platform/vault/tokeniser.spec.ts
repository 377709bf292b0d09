import { decodePercent, isToken, normalise, Tokeniser } from './tokeniser.js';

const tokeniser = new Tokeniser(Buffer.from('a key for tests'));

describe('normalise', () => {
  it.each([
    ['email', '  Jane@Example.COM ', 'jane@example.com'],
    ['email', 'jane%40example.com', 'jane@example.com'],
    ['email', 'jane%2Bshop%2540example.com', 'jane+shop@example.com'],
    ['email', 'jane＠example.com', 'jane@example.com'],
    ['phone', '+49 (171) 123-4567', '491711234567'],
    ['phone', '0049 171 1234567', '491711234567'],
    ['phone', '%2B49%20171%201234567', '491711234567'],
    ['phone', 'N/A', 'n/a'],
    ['name', '  Jane \t  DOE ', 'jane doe'],
    ['address', '12  Main\nStreet', '12 main street'],
    ['birthday', '1990-05-01T23:00:00+02:00', '1990-05-01'],
    ['birthday', '1990-99-99', '1990-99-99'],
    ['birthday', ' 1 May 1990', '1 may 1990'],
  ] as const)('%s %j', (kind, value, expected) => {
    expect(normalise(kind, value)).toBe(expected);
  });

  it('decodes no further than its bound and survives broken escapes', () => {
    expect(decodePercent('%E0%40%zz')).toBe('%E0@%zz');
    expect(decodePercent(`%${'25'.repeat(20)}40`)).toContain('%25');
  });
});

describe('Tokeniser', () => {
  it.each([
    ['email', /^eml_[0-9a-f]{32}$/],
    ['phone', /^phn_[0-9a-f]{32}$/],
    ['name', /^nam_[0-9a-f]{32}$/],
    ['address', /^adr_[0-9a-f]{32}$/],
    ['birthday', /^bdy_[0-9a-f]{32}$/],
    ['trait', /^trt_[0-9a-f]{32}$/],
  ] as const)('gives %s its prefix', (kind, shape) => {
    expect(tokeniser.token(kind, 'value')).toMatch(shape);
    expect(isToken(tokeniser.token(kind, 'value'))).toBe(true);
  });

  it('is HMAC-SHA256 over kind, NUL and normalised value, a form other stores can recompute', () => {
    expect(new Tokeniser(Buffer.from('key')).token('email', 'JANE@example.com')).toBe(
      'eml_5a4582478bc7bec3c035130ad6a3ec0e',
    );
  });

  it('depends on key and kind', () => {
    const other = new Tokeniser(Buffer.from('another key'));
    expect(other.token('email', 'a@b.co')).not.toBe(tokeniser.token('email', 'a@b.co'));
    expect(tokeniser.token('name', 'x').slice(4)).not.toBe(
      tokeniser.token('address', 'x').slice(4),
    );
  });
});
