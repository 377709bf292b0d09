import fc from 'fast-check';
import { Tokeniser } from '../../platform/vault/tokeniser.js';
import { maskText } from './mask.js';
import { isCardNumber, isIban, maskPaymentNumbers } from './payment-numbers.js';
import { protectEvent } from './protect.js';

const tokeniser = new Tokeniser(Buffer.from('a key for tests'));
const mask = (text: string) => maskPaymentNumbers(text, 'reviewbody');

/** With the digit that makes Luhn's sum come out. */
function cardOf(body: string): string {
  return [...'0123456789'].map((check) => body + check).find(isCardNumber)!;
}

/** With the check digits of ISO 13616: 98 less the rest modulo 97. */
function ibanOf(country: string, account: string): string {
  const checks = Array.from({ length: 99 }, (_, check) => String(check).padStart(2, '0'));
  return checks.map((check) => country + check + account).find(isIban)!;
}

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const card = fc
  .tuple(fc.constantFrom(...'123456789'), digits(11, 17))
  .map(([first, rest]) => cardOf(first + rest));
const iban = fc
  .tuple(
    fc.constantFrom<[string, number]>(['DE', 22], ['AT', 20], ['GB', 22], ['FR', 27], ['NO', 15]),
    fc.string({ unit: fc.constantFrom(...'0123456789ABCXYZ'), minLength: 30, maxLength: 30 }),
  )
  .map(([[country, length], account]) => ibanOf(country, account.slice(0, length - 4)));
const grouped = fc
  .tuple(fc.oneof(card, iban), fc.constantFrom('', ' ', '-', '\u00a0'))
  .map(([number, gap]) => number.replaceAll(/.{4}(?=.)/g, (group) => group + gap));
/** Words as people write them around a number. */
const before = fc.constantFrom('', 'Charged ', 'my card: ', '(', 'order 12, ', 'Grüße. ');
const after = fc.constantFrom('', ' twice!', ', please help', ')', '. Thanks', ' exp 12/27');

describe('maskPaymentNumbers', () => {
  it.each([
    ['Card 4111 1111 1111 1111 was charged', 'Card [card] was charged'],
    ['4111-1111-1111-1111', '[card]'],
    ['378282246310005', '[card]'],
    [[...'4111111111111111'].join(' '), '[card]'],
    ['order 12 5500005555555559', 'order 12 [card]'],
    ['two: 4111111111111111 and 5500 0055 5555 5559.', 'two: [card] and [card].'],
    ['+49 171 1234567 4111 1111 1111 1111', '+49 171 1234567 [card]'],
    ['IBAN DE89 3704 0044 0532 0130 00 thanks', 'IBAN [iban] thanks'],
    ['gb29nwbk60161331926819', '[iban]'],
    ['DE89370400440532013000 GB29NWBK60161331926819', '[iban] [iban]'],
  ])('%j becomes %j', (text, masked) => expect(mask(text)).toBe(masked));

  it.each([
    'Card 4111 1111 1111 1112 was charged',
    'tracking 0000000000000000',
    'DE88 3704 0044 0532 0130 00',
    'since 2024-05-01 10:00, size 38-40, 100 % cotton',
    'call +49 171 1234 5678 90',
    'model x1000y2000z3000',
    '2026-03-01 - 2026-03-05',
    'XL20 shirt blue cotton washed thrice',
    Array.from({ length: 30 }, (_, index) => index + 1).join(' '),
  ])('leaves %j as it is', (text) => expect(mask(text)).toBe(text));

  it('lets no number through, wherever in an event people write', () => {
    fc.assert(
      fc.property(before, grouped, after, (head, number, tail) => {
        const text = head + number + tail;
        const sample = {
          properties: { review_body: text, products: [{ note: [text] }] },
          context: { feedback: text },
        };
        const { event, originals } = protectEvent(sample, tokeniser);
        const plain = (value: string) => value.replaceAll(/[ \u00a0-]/g, '').toUpperCase();
        expect(plain(JSON.stringify(event))).not.toContain(plain(number));
        // What pays is not even kept in the vault.
        expect(plain(JSON.stringify(originals))).not.toContain(plain(number));
        expect(protectEvent(event, tokeniser).event).toEqual(event);
      }),
      { numRuns: 1_000 },
    );
  });

  it('masks what stands under a card’s own key, digits or number', () => {
    const payment = { card_number: '4111111111111111', cardNo: 4111111111111111, last4: 1111 };
    const { event } = protectEvent({ properties: { payment } }, tokeniser);
    expect(event).toEqual({
      properties: { payment: { card_number: '[card]', cardNo: '[card]', last4: 1111 } },
    });
  });

  it('leaves the numbers of the shop alone', () => {
    fc.assert(
      fc.property(card, (number) => {
        const sample = {
          properties: { order_id: number, tracking_number: number, gtin: number, stock: number },
        };
        expect(protectEvent(sample, tokeniser)).toEqual({ event: sample, originals: [] });
      }),
    );
  });

  it.each(['1 ', '1', '4111 ', 'de89 ', 'de', '0-'])('is linear in %j repeated', (unit) => {
    const text = unit.repeat(Math.ceil(500_000 / unit.length));
    expect(mask(text).length).toBeGreaterThan(0);
  });
});

describe('maskText', () => {
  it('puts marks in the place of all that is personal, and none twice', () => {
    const text =
      'Write jane@example.com or +49 171 1234567; card 4111 1111 1111 1111, DE89370400440532013000.';
    const masked = 'Write [email] or [phone]; card [card], [iban].';
    expect(maskText(text)).toBe(masked);
    expect(maskText(masked)).toBe(masked);
    expect(maskText(`seen ${tokeniser.token('email', 'jane@example.com')}`)).toBe('seen [email]');
  });
});
