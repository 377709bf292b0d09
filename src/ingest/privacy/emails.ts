/**
 * Finds e-mail addresses in text, plain or percent-encoded any number of times. A scanner and not a
 * regular expression, because every unit must be read once whatever the text is.
 */
import { decodePercent } from '../../platform/vault/tokeniser.js';

/** A stretch of a text, `end` exclusive, and the value that it stands for. */
export interface Match {
  start: number;
  end: number;
  value: string;
}

/** One character of the decoded text and where it stands in the encoded one. */
interface Unit {
  char: string;
  start: number;
  end: number;
}

const UNIT = /%(?:25){0,5}([0-9a-f]{2})|./gisu;
const MAY_HOLD_EMAIL = /[@＠﹫]|%(?:25){0,5}40/i;
const AT = /[@＠﹫]/u;
const LOCAL = /[\p{L}\p{N}\p{M}._+'’~%-]/u;
const LOCAL_CANNOT_START = /[.+'’~-]/u;
const LABEL = /[\p{L}\p{N}\p{M}-]/u;
const LETTER = /[\p{L}\p{M}]/u;
/** `logo@2x.png` is a picture for dense screens, and no one's address. */
const DENSE_IMAGE = /^\d(?:\.\d)?x\.(?:png|jpe?g|gif|webp|svg|avif)$/i;

function toUnits(text: string): Unit[] {
  const units: Unit[] = [];
  for (const match of text.matchAll(UNIT)) {
    const code = match[1] === undefined ? undefined : Number.parseInt(match[1], 16);
    // A byte above ASCII is part of an encoded letter, so any letter may stand for it here.
    const char = code === undefined ? match[0] : code < 0x80 ? String.fromCharCode(code) : 'é';
    units.push({ char, start: match.index, end: match.index + match[0].length });
  }
  return units;
}

/** The index after the top-level domain's letters; `from` when there is no such domain. */
function endOfTopLevel(units: Unit[], from: number, to: number): number {
  const isPunycode = units
    .slice(from, from + 4)
    .map((unit) => unit.char)
    .join('')
    .toLowerCase()
    .startsWith('xn--');
  if (isPunycode) return to;
  let end = from;
  while (end < to && LETTER.test(units[end]?.char ?? '')) end += 1;
  return end - from >= 2 ? end : from;
}

/** The index after the domain that starts at `from`, or -1. A domain has a dot and ends in letters. */
function endOfDomain(units: Unit[], from: number): number {
  let end = -1;
  let labelStart = from;
  for (let isFirst = true; ; isFirst = false) {
    let labelEnd = labelStart;
    while (LABEL.test(units[labelEnd]?.char ?? '')) labelEnd += 1;
    if (labelEnd === labelStart) return end;
    const topEnd = isFirst ? labelStart : endOfTopLevel(units, labelStart, labelEnd);
    if (topEnd > labelStart) end = topEnd;
    if (units[labelEnd]?.char !== '.') return end;
    labelStart = labelEnd + 1;
  }
}

function startOfLocal(units: Unit[], from: number, to: number): number {
  let start = from;
  while (start < to && LOCAL_CANNOT_START.test(units[start]?.char ?? '')) start += 1;
  return start;
}

/** Every e-mail address in the text, left to right, with its decoded value. Linear time. */
export function findEmails(text: string): Match[] {
  if (!MAY_HOLD_EMAIL.test(text)) return [];
  const units = toUnits(text);
  const matches: Match[] = [];
  let localStart = 0;
  for (let index = 0; index < units.length; index += 1) {
    const char = units[index]?.char ?? '';
    if (!AT.test(char)) {
      if (!LOCAL.test(char)) localStart = index + 1;
      continue;
    }
    const first = units[startOfLocal(units, localStart, index)];
    const domainEnd = first && !AT.test(first.char) ? endOfDomain(units, index + 1) : -1;
    const last = units[domainEnd - 1];
    localStart = index + 1;
    if (!first || !last) continue;
    const domain = text.slice(units[index]?.end, last.end);
    if (DENSE_IMAGE.test(domain)) continue;
    matches.push({
      start: first.start,
      end: last.end,
      value: decodePercent(text.slice(first.start, last.end)),
    });
    localStart = domainEnd;
    index = domainEnd - 1;
  }
  return matches;
}
