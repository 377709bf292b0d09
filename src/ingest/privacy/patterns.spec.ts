import { findEmails } from './emails.js';
import { findPhone } from './phones.js';

const values = (text: string): string[] => findEmails(text).map((match) => match.value);

describe('findEmails', () => {
  it.each([
    ['write to Jane.Doe+shop@Example.co.uk, please.', 'Jane.Doe+shop@Example.co.uk'],
    ['<mailto:jane@example.com>', 'jane@example.com'],
    ['jürgen@müller.example', 'jürgen@müller.example'],
    ['%E4%B8%AD%40example.com', '中@example.com'],
    ['x%3Djane%40example%2Ecom%26y', 'jane@example.com'],
    ['%253Djane%252Bb%2540example.com%2526', 'jane+b@example.com'],
    ['https%3A%2F%2Fshop%2Fjane%40example.com', 'jane@example.com'],
    ["o'brien@example.com-thanks", "o'brien@example.com"],
    ['a@b@c.de', 'b@c.de'],
    ['x@xn--80ak6aa92e.xn--p1ai', 'x@xn--80ak6aa92e.xn--p1ai'],
    ['jane＠example.com', 'jane＠example.com'],
  ])('finds the one in %j', (text, email) => {
    expect(values(text)).toEqual([email]);
  });

  it('finds several, and the stretch of text that each of them takes', () => {
    const text = 'a@x.com,b%40y.com';
    expect(findEmails(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      'a@x.com',
      'b%40y.com',
    ]);
  });

  it.each(['@jane', 'a@', '@b.co', 'jane@localhost', '/img/logo@2x.png', 'pkg@1.2.3', '5 @ 3.50'])(
    'finds none in %j',
    (text) => {
      expect(values(text)).toEqual([]);
    },
  );
});

describe('findPhone', () => {
  it.each([
    ['call +49 171 1234567 now', '+49 171 1234567'],
    ['+1 (555) 123-4567', '+1 (555) 123-4567'],
    ['+44.20.7946.0958', '+44.20.7946.0958'],
    ['0049 171 1234567', '0049 171 1234567'],
    ['004915112345678', '004915112345678'],
    ['/call/%2B49%20171%201234567', '+49 171 1234567'],
    ['x%252B4915112345678', '+4915112345678'],
    ['(555) 123-4567', '(555) 123-4567'],
    ['tel:555-123-4567.', '555-123-4567'],
    ['1-555-123-4567', '1-555-123-4567'],
    ['ring 0171 1234567!', '0171 1234567'],
    ['020 7946 0958', '020 7946 0958'],
    ['(030) 12345678', '(030) 12345678'],
    ['06 12 34 56 78', '06 12 34 56 78'],
  ])('finds the one in %j', (text, phone) => {
    expect(findPhone(text, 'free_text')?.value).toBe(phone);
  });

  it.each([
    '2024-05-01T10:00:00.000Z',
    '2024-05-01T10:00:00+02:00',
    'Wed May 01 2024 10:00:00 GMT+1100',
    '550e8400-e29b-41d4-a716-446655440000',
    '12345678-1234-1234-1234-123456789012',
    'SKU-555-1234',
    'SKU-555-123-4567',
    '555-123-4567-XL',
    '192.168.0.1',
    '1.234.567,89',
    '1234567890.12',
    'INV-2024-000123',
    '1001-2002-3003',
    '0101-2002-3003',
    '978-3-16-148410-0',
    '4111 1111 1111 1111',
    '1714557600000',
    '5551234567',
    '1e+10',
    'C++ 17',
    '+5 or +100',
  ])('finds none in %j', (text) => {
    expect(findPhone(text, 'free_text')).toBeUndefined();
  });

  it('looks for nothing but a plus where digits mean something else', () => {
    expect(findPhone('555-123-4567 004915112345678', 'plus_only')).toBeUndefined();
    expect(findPhone('+4915112345678', 'plus_only')?.value).toBe('+4915112345678');
  });
});
