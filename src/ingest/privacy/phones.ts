/**
 * Finds phone numbers in text. International numbers announce themselves; national ones are
 * recognised only by their punctuation, because a plain run of digits is far more often an order,
 * a product or a time. Every repetition has an upper bound, so the time is linear in the text.
 */
import { decodePercent } from '../../platform/vault/tokeniser.js';
import type { Match } from './emails.js';

const SEPARATOR = String.raw`(?:[ \u00a0().\-/]|%(?:25){0,5}(?:20|28|29|2d|2e|2f))`;
const PLUS = String.raw`(?:[+＋]|%(?:25){0,5}2b)(?:\(|%(?:25){0,5}28)?`;
/** Eight to fifteen digits as in E.164, and up to 18 if nothing stands between them. */
const DIGITS = String.raw`[1-9](?:(?:${SEPARATOR}{0,3}\d){7,14}|\d{15,17})(?!\d)`;
const BEFORE = String.raw`(?<![\p{L}\p{N}_/=]|[\p{L}\p{N}]-|\p{N}[.,:])`;
const AFTER = String.raw`(?![\p{L}\p{N}_]|[-.,/:]\p{N}|-\p{L})`;

const NATIONAL = [
  // North America: (555) 123-4567, 1-555-123-4567, 555.123.4567
  String.raw`(?:1[-. ])?\(\d{3}\)[-. ]?\d{3}[-. ]\d{4}`,
  String.raw`(?:1[-. ])?[2-9]\d{2}(?:-\d{3}-|\.\d{3}\.| \d{3} )\d{4}`,
  // Trunk prefix 0: (030) 12345678, 0171 1234567, 020 7946 0958, 0171-1234567
  String.raw`\(0\d{1,4}\) ?\d{3,4}[- ]?\d{3,5}`,
  String.raw`0[1-9]\d{1,3}[ /]\d{3,4}[- ]?\d{3,5}`,
  String.raw`0[1-9]\d{1,3}-\d{6,8}`,
  // France and Belgium: 06 12 34 56 78
  String.raw`0[1-9](?:[-. ]\d{2}){4}`,
].join('|');

const PLUS_ONLY = new RegExp(`${PLUS}${DIGITS}`, 'iu');
const FREE_TEXT = new RegExp(
  `${PLUS}${DIGITS}|${BEFORE}(?:00[ -]?${DIGITS}|(?:${NATIONAL})${AFTER})`,
  'iu',
);

/**
 * The first phone number in the text. `free_text` looks for `+`, `00` and punctuated national
 * numbers; `plus_only` is for ids, dates and URLs, where other digits mean something else.
 */
export function findPhone(text: string, search: 'free_text' | 'plus_only'): Match | undefined {
  const match = (search === 'free_text' ? FREE_TEXT : PLUS_ONLY).exec(text);
  if (!match) return undefined;
  const value = decodePercent(match[0]);
  return { start: match.index, end: match.index + match[0].length, value };
}
