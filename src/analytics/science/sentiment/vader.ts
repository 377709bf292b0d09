/**
 * VADER (Hutto & Gilbert, ICWSM 2014) word by word: the rules are the library's, and what each word
 * adds to the score is kept. The library's own entry says only the sum, and takes most of its time
 * to find words; words are found here, in the same way and once. English only.
 */
import vader, { type PolarityScores } from 'vader-sentiment';

const { SentimentIntensityAnalyzer: RULES } = vader;

/** The punctuation that may stand before or after a word, as the library lists it. */
const AROUND = ['!?!?', '?!?!', '?!?', '!?!', '!!!', '???', '!!', '??', ...`.!?,;:-'"`];
const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/;
/** The library knows these in lower case only, so that `Not good` would be praise. */
const NEGATION =
  /^(?:cannot|despite|neither|never|none|nope|nor|not|nothing|nowhere|rarely|seldom|uh-?uh|without|(?:ai|are|ca|could|dare|did|does|do|had|has|have|is|might|must|need|ought|sha|should|was|were|wo|would)nt|[a-z]+n['’]t)$/i;
const IN_CAPITALS = /^[^a-z]*[A-Z]+[^a-z]*$/;

/** How many words of which something is remembered; there are 7,500 in the lexicon. */
const MAX_REMEMBERED = 10_000;

export interface WordScore {
  word: string;
  /** What it adds, after negation, boosters, capitals and `but`: beyond ±4 in rare cases. */
  valence: number;
}

export interface VaderScore extends PolarityScores {
  /** Those that say something, in the order of the text. */
  words: WordScore[];
}

/** Scores a text as `polarity_scores` of the library does, but for negations in capitals or with ’. */
export function scoreByVader(text: string): VaderScore {
  const words = wordsOf(text);
  const inCapitals = words.filter((word) => IN_CAPITALS.test(word)).length;
  const read = {
    words_and_emoticons: words.map((word) => (NEGATION.test(word) ? plainNegation(word) : word)),
    is_cap_diff: inCapitals > 0 && inCapitals < words.length,
  };
  let valences: number[] = [];
  for (const [index, word] of words.entries()) {
    const before = valences.length;
    valences = RULES.sentiment_valence(0, read, word, index, valences);
    if (valences[before] !== 0 && isBooster(word, words[index + 1])) valences[before] = 0;
  }
  valences = RULES.but_check(words, valences);
  const said = words
    .map((word, index) => ({ word: word.toLowerCase(), valence: valences[index]! }))
    .filter(({ valence }) => valence !== 0);
  return { ...RULES.score_valence(valences, text), words: said };
}

const plainNegation = (word: string) => word.toLowerCase().replace('’', "'");

/** Words and emoticons of more than one character, without the punctuation around a plain word. */
function wordsOf(text: string): string[] {
  return text
    .split(/\s/)
    .filter((token) => token.length > 1)
    .map(withoutPunctuation);
}

function withoutPunctuation(token: string): string {
  if (!PUNCTUATION.test(token)) return token;
  for (const mark of AROUND) {
    const word = token.startsWith(mark)
      ? token.slice(mark.length)
      : token.endsWith(mark)
        ? token.slice(0, -mark.length)
        : '';
    if (word.length > 1 && !PUNCTUATION.test(word)) return word;
  }
  return token;
}

const boosters = new Map<string, boolean>();

/** Words such as `fucking` only strengthen others; alone the library gives them no score. */
function isBooster(word: string, next: string | undefined): boolean {
  const lower = word.toLowerCase();
  if (lower === 'kind') return next?.toLowerCase() === 'of';
  const known = boosters.get(lower);
  if (known !== undefined) return known;
  const found = RULES.polarity_scores(lower).compound === 0;
  if (boosters.size < MAX_REMEMBERED) boosters.set(lower, found);
  return found;
}
