/**
 * ISO 3166 alpha-2 of a code or an English name. The names are those of the Unicode CLDR that Node
 * carries, plus other names in use, so that no list of countries has to be kept here. Pure.
 */

/** Names of CLDR that are no places to live in, and codes that stand for no country. */
const NO_COUNTRIES = new Set(['EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);

const UNKNOWN = new Set(['unknown', 'zz', 'xx']);

/** What shops write and CLDR does not, or only in some of its versions. */
const OTHER_NAMES: Record<string, string> = {
  'bosnia and herzegovina': 'BA',
  burma: 'MM',
  'cabo verde': 'CV',
  'czech republic': 'CZ',
  'democratic republic of the congo': 'CD',
  'east timor': 'TL',
  'great britain': 'GB',
  holland: 'NL',
  'ivory coast': 'CI',
  'korea, republic of': 'KR',
  macau: 'MO',
  'north macedonia': 'MK',
  'republic of ireland': 'IE',
  'republic of korea': 'KR',
  'russian federation': 'RU',
  swaziland: 'SZ',
  'the netherlands': 'NL',
  turkey: 'TR',
  uae: 'AE',
  'united states of america': 'US',
  usa: 'US',
  'viet nam': 'VN',
};

let codes: ReadonlyMap<string, string> | null = null;

/** The code; null for the word unknown; a name without a code as it is. */
export function countryOf(text: string): string | null {
  const name = plain(text);
  if (UNKNOWN.has(name)) return null;
  codes ??= allCodes();
  return codes.get(name) ?? text;
}

/** By code and by name, long and short, all as `plain` writes them. */
function allCodes(): Map<string, string> {
  const found = new Map<string, string>();
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index));
  const names = (['long', 'short'] as const).map(
    (style) => new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none', style }),
  );
  for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
    if (NO_COUNTRIES.has(code) || names[0]!.of(code) === undefined) continue;
    // A code of old, such as UK or DD, is canonically another.
    const region = new Intl.Locale(`und-${code}`).region ?? code;
    found.set(plain(code), region);
    if (region !== code) continue;
    for (const name of names) found.set(plain(name.of(code)!), region);
  }
  for (const [name, code] of Object.entries(OTHER_NAMES)) found.set(plain(name), code);
  return found;
}

/** Case, accents, the kind of apostrophe and how `and` and `Saint` are written do not tell apart. */
function plain(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll('&', 'and')
    .replace(/\bst\.? /g, 'saint ')
    .replace(/\s+/g, ' ')
    .trim();
}
