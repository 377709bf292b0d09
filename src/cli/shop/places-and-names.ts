/**
 * Word lists of the simulated shop: names, streets, cities, browsers. Data only.
 * Imported only inside `cli/shop`.
 */
export type Country = 'US' | 'GB' | 'CA' | 'DE' | 'FR' | 'AU' | 'NL';

/** Where visitors come from, with their weight, language and time zone. */
export const COUNTRIES: readonly (readonly [Country, number])[] = [
  ['US', 52],
  ['GB', 18],
  ['CA', 9],
  ['DE', 8],
  ['FR', 6],
  ['AU', 4],
  ['NL', 3],
];

/** The usual browser languages of each country. */
export const LOCALES: Record<Country, readonly string[]> = {
  US: ['en-US', 'en-US', 'en-US', 'es-US'],
  GB: ['en-GB'],
  CA: ['en-CA', 'en-CA', 'fr-CA'],
  DE: ['de-DE'],
  FR: ['fr-FR'],
  AU: ['en-AU'],
  NL: ['nl-NL', 'en-GB'],
};

/** A few cities with a postal code for each country. */
export const CITIES: Record<Country, readonly (readonly [string, string])[]> = {
  US: [
    ['Portland', '97205'],
    ['Austin', '78701'],
    ['Chicago', '60611'],
    ['Brooklyn', '11201'],
    ['Denver', '80202'],
  ],
  GB: [
    ['London', 'SE1 7PB'],
    ['Leeds', 'LS1 4AP'],
    ['Bristol', 'BS1 5TR'],
  ],
  CA: [
    ['Toronto', 'M5V 2T6'],
    ['Montréal', 'H2Y 1C6'],
  ],
  DE: [
    ['Berlin', '10115'],
    ['München', '80331'],
  ],
  FR: [
    ['Lyon', '69002'],
    ['Paris', '75011'],
  ],
  AU: [
    ['Melbourne', '3000'],
    ['Brisbane', '4000'],
  ],
  NL: [
    ['Utrecht', '3511 AB'],
    ['Rotterdam', '3011 AA'],
  ],
};

export const STREETS = ['Maple Street', 'Station Road', 'Mill Lane', 'Park Avenue', 'High Street'];

export const FIRST_NAMES = (
  'Anna Ben Chloe Daniel Emma Felix Grace Hugo Isla Jack Karen Liam Maya Noah Olivia Peter Quinn ' +
  'Rosa Sam Tara Umar Vera William Xenia Yusuf Zoe José Léa Jörg Siân Aisha Bruno Clara Dmitri ' +
  'Elena Farid Gita Henrik Ines Jonas'
).split(' ');

export const LAST_NAMES = (
  "Smith Jones Taylor Brown Wilson Evans Walker Wright O'Brien Müller Schmidt Fischer Weber Dubois " +
  'Martin Bernard Moreau García López Nguyen Tran Kim Patel Singh Khan Ahmed Jansen Visser Novak ' +
  'Kowalski Rossi Ferrari Johnson Williams Davis Miller Anderson Thompson Clark Young'
).split(' ');

/** Browsers with their weights: a little more than half of all traffic is mobile. */
export const USER_AGENTS: readonly (readonly [string, number])[] = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
    18,
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    8,
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
    6,
  ],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 4],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0',
    4,
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    28,
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
    19,
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    6,
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
    5,
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
    2,
  ],
];
