import fc from 'fast-check';
import { ENTITIES, type FieldType } from '../entities.js';
import { converterOf, wellFormed, type ConvertOptions } from './convert.js';
import { FLAWS, isFlaw } from './flaws.js';
import { remembering } from './memory.js';

const OPTIONS: ConvertOptions = {
  timezone: 'UTC',
  ambiguousTimes: 'reject',
  format: null,
  decimalComma: false,
  negate: false,
  prefix: '',
};

const convert = (type: FieldType, text: string, options: Partial<ConvertOptions> = {}) => {
  const value = converterOf(type, { ...OPTIONS, ...options })(text);
  return isFlaw(value) ? { code: value.code } : value;
};

describe('rates', () => {
  it.each([
    ['1.0845', '1.0845'],
    ['0.000062345678', '0.000062345678'],
    ['1.0845000000000001', '1.0845'],
    ['162.55', '162.55'],
    ['0', { code: 'invalid_rate' }],
    ['0.0000000000001', { code: 'invalid_rate' }],
    ['-1.1', { code: 'invalid_rate' }],
    ['NaN', { code: 'invalid_decimal' }],
    ['1e3', { code: 'invalid_decimal' }],
  ])('%s is %j', (text, expected) => {
    expect(convert('rate', text)).toEqual(expected);
  });
});

describe('ids', () => {
  it.each([
    ['536365', '536365'],
    ['00123', '00123'],
    ['="00123"', '00123'],
    ['=" 00123 "', '00123'],
    ['85123A', '85123A'],
    ['1E5', '1E5'],
    ['5E-12', '5E-12'],
    ['1.2', '1.2'],
    ['v1.0', 'v1.0'],
    ['gid://shop/Order/1.0', 'gid://shop/Order/1.0'],
    ['#1001', '#1001'],
    ['=""', null],
    ['Bestellung №5', 'Bestellung №5'],
  ])('%s is %s', (text, expected) => {
    expect(convert('id', text)).toBe(expected);
  });

  it.each([
    ...[
      '5.36E+05',
      '5.36e+05',
      '5,36E+05',
      '536E+05',
      '1.0E7',
      '17850.0',
      '-17850.00',
      '="17850.0"',
    ],
    ...['#N/A', '#REF!', '#NAME?', '#DIV/0!'],
  ])('refuses %s as mangled', (text) => {
    expect(convert('id', text)).toEqual({ code: 'mangled_id' });
  });

  it('have a prefix, which does not hide damage', () => {
    expect(convert('id', '17', { prefix: 'ORD-' })).toBe('ORD-17');
    expect(convert('id', '17.0', { prefix: 'ORD-' })).toEqual({ code: 'mangled_id' });
  });

  it('have up to 200 characters, the prefix counted', () => {
    expect(convert('id', 'x'.repeat(200))).toHaveLength(200);
    expect(convert('id', 'x'.repeat(201))).toEqual({ code: 'too_long' });
    expect(convert('id', 'x'.repeat(200), { prefix: 'p' })).toEqual({ code: 'too_long' });
  });
});

describe('texts', () => {
  it('are made well-formed', () => {
    expect(wellFormed('a\0b\uD800c')).toBe('a\uFFFDb\uFFFDc');
    expect(convert('text', 'a\0b\uD800c')).toBe('a\uFFFDb\uFFFDc');
    expect(convert('id', 'a\0b')).toBe('a\uFFFDb');
    expect(convert('text', '😀')).toBe('😀');
  });

  it('have up to 20,000 characters', () => {
    expect(convert('text', 'x'.repeat(20_000))).toHaveLength(20_000);
    expect(convert('text', 'x'.repeat(20_001))).toEqual({ code: 'too_long' });
  });

  it('may have a prefix', () => {
    expect(convert('text', 'red', { prefix: 'colour ' })).toBe('colour red');
  });
});

describe('numbers', () => {
  it('may be negated', () => {
    expect(convert('decimal', '2.50', { negate: true })).toBe('-2.50');
    expect(convert('decimal', '-1.234,50', { negate: true, decimalComma: true })).toBe('1234.50');
    expect(convert('decimal', 'x', { negate: true })).toEqual({ code: 'invalid_decimal' });
    expect(convert('integer', '5', { negate: true })).toBe(-5);
    expect(convert('integer', '0', { negate: true })).toBe(0);
    expect(convert('integer', '5.5', { negate: true })).toEqual({ code: 'invalid_integer' });
  });
});

describe('booleans', () => {
  it.each([
    ...['true', 't', 'yes', 'y', '1', 'TRUE', 'Yes'].map((text) => [text, true] as const),
    ...['false', 'f', 'no', 'n', '0', 'False', 'NO'].map((text) => [text, false] as const),
  ])('%s is %s', (text, expected) => {
    expect(convert('boolean', text)).toBe(expected);
  });

  it('are no other words', () => {
    for (const text of ['on', 'ja', '2', '-1', 'constructor']) {
      expect(convert('boolean', text)).toEqual({ code: 'invalid_boolean' });
    }
  });
});

describe('currencies', () => {
  it('are three letters of ISO 4217, in capitals', () => {
    expect(convert('currency', 'gbp')).toBe('GBP');
    expect(convert('currency', 'EUR')).toBe('EUR');
    for (const text of ['£', 'EURO', 'QQQ', 'pounds']) {
      expect(convert('currency', text)).toEqual({ code: 'unknown_currency' });
    }
  });
});

describe('statuses', () => {
  it('are those of an order', () => {
    expect(convert('status', 'Paid')).toBe('paid');
    expect(convert('status', 'shipped')).toEqual({ code: 'unknown_status' });
  });
});

describe('countries', () => {
  it.each([
    ['gb', 'GB'],
    ['GB', 'GB'],
    ['uk', 'GB'],
    ['UK', 'GB'],
    ['United Kingdom', 'GB'],
    ['united  kingdom', 'GB'],
    ['GREAT BRITAIN', 'GB'],
    ['USA', 'US'],
    ['United States of America', 'US'],
    ['Hong Kong', 'HK'],
    ['Hong Kong SAR China', 'HK'],
    ['Czech Republic', 'CZ'],
    ['Czechia', 'CZ'],
    ['Turkey', 'TR'],
    ['Türkiye', 'TR'],
    ['Turkiye', 'TR'],
    ["Cote d'Ivoire", 'CI'],
    ['Côte d’Ivoire', 'CI'],
    ['Bosnia and Herzegovina', 'BA'],
    ['Bosnia & Herzegovina', 'BA'],
    ['St. Lucia', 'LC'],
    ['Saint Lucia', 'LC'],
    ['St Lucia', 'LC'],
    ['Korea, Republic of', 'KR'],
    ['XK', 'XK'],
    ['unknown', null],
    ['Unknown', null],
    ['XX', null],
    ['zz', null],
    ['Unknown Region', 'Unknown Region'],
    ['EIRE', 'EIRE'],
    ['Channel Islands', 'Channel Islands'],
    ['European Community', 'European Community'],
    ['QQ', 'QQ'],
    ['XA', 'XA'],
    ['constructor', 'constructor'],
  ])('%s is %s', (text, expected) => {
    expect(convert('country', text)).toBe(expected);
  });

  it('take every name of theirs in CLDR', () => {
    const names = new Intl.DisplayNames(['en'], { type: 'region' });
    for (const code of ['AT', 'BR', 'CD', 'CW', 'DE', 'FR', 'IN', 'MM', 'RE', 'TL', 'VN', 'ZA']) {
      expect(convert('country', names.of(code)!)).toBe(code);
      expect(convert('country', names.of(code)!.toUpperCase())).toBe(code);
    }
  });

  it('have a limit too', () => {
    expect(convert('country', 'x'.repeat(201))).toEqual({ code: 'too_long' });
  });
});

describe('every converter', () => {
  const types = [
    ...new Set(
      Object.values(ENTITIES).flatMap((fields) => Object.values(fields).map(({ type }) => type)),
    ),
  ];

  it('answers any text with a value or a flaw of the catalogue, which holds no data', () => {
    const flaws = new Set<unknown>(Object.values(FLAWS));
    const converters = types.map((type) => converterOf(type, OPTIONS));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        for (const each of converters) {
          const value = each(text);
          if (isFlaw(value)) expect(flaws.has(value)).toBe(true);
          else if (typeof value === 'string') expect(value.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes what it gave', () => {
    const texts: [FieldType, string][] = [
      ['decimal', '+01.50'],
      ['timestamp', '2011-01-01 10:00'],
      ['date', '2011-01-01 10:00'],
      ['country', 'france'],
      ['currency', 'eur'],
      ['status', 'PAID'],
      ['boolean', 'Y'],
    ];
    for (const [type, text] of texts) {
      const once = convert(type, text);
      expect(convert(type, String(once))).toEqual(once);
    }
  });
});

describe('remembering', () => {
  it('asks once a text, and forgets before it grows without limit', () => {
    const asked: string[] = [];
    const read = remembering((text) => {
      asked.push(text);
      return text === 'none' ? null : text.length;
    });
    expect([read('none'), read('none'), read('four'), read('four')]).toEqual([null, null, 4, 4]);
    expect(asked).toEqual(['none', 'four']);
    for (let index = 0; index < 10_000; index++) read(`text ${index}`);
    read('none');
    expect(asked.filter((text) => text === 'none')).toHaveLength(2);
  });

  it('keeps no long text', () => {
    let asked = 0;
    const read = remembering(() => ++asked);
    read('x'.repeat(101));
    read('x'.repeat(101));
    expect(asked).toBe(2);
  });
});
