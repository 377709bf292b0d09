/**
 * Takes personal data out of a text that is not kept: plain marks instead of tokens, since a token
 * would tell whether the sender knows somebody whom the warehouse knows.
 */
import { randomBytes } from 'node:crypto';
import { TOKEN_IN_TEXT, Tokeniser } from '../../platform/vault/tokeniser.js';
import { Ledger } from './ledger.js';
import { TextProtector } from './text.js';

const MARKS: Readonly<Record<string, string>> = {
  eml: '[email]',
  phn: '[phone]',
  nam: '[name]',
  adr: '[address]',
  bdy: '[birthday]',
  trt: '[trait]',
};

/** No token that this makes is shown or means anything. */
const throwaway = new Tokeniser(randomBytes(32));

/** The text with `[email]`, `[phone]`, `[card]` and `[iban]` where these stood. */
export function maskText(text: string): string {
  const masked = new TextProtector(new Ledger(throwaway)).protect(
    text.toWellFormed(),
    'text',
    'text',
  );
  return masked.replaceAll(TOKEN_IN_TEXT, (token) => MARKS[token.slice(0, 3)]!);
}
