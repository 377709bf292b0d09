/**
 * The one function behind which texts are scored: language, sentiment, the words that made it and
 * topics. Another scorer joins as a `Scorer` in the list; rows say which one scored them.
 */
import { ENGLISH, languageOf, UNKNOWN_LANGUAGE } from './language.js';
import { topicsOf } from './topics.js';
import { scoreByVader, type WordScore } from './vader.js';

export const LABELS = ['positive', 'neutral', 'negative', 'unscored'] as const;
export type Label = (typeof LABELS)[number];

/** A word that drove the score and what it added to the sum of valences. */
export interface Driver {
  word: string;
  weight: number;
}

export interface TextScore {
  /** ISO 639-1; `unknown` where the text is too short to tell, `none` without a text. */
  language: string;
  /** −1 to 1; null for what no scorer reads. */
  compound: number | null;
  /** Shares of the text that are positive, neutral and negative. */
  positive: number | null;
  neutral: number | null;
  negative: number | null;
  label: Label;
  /** Heaviest first. */
  drivers: Driver[];
  topics: string[];
  /** Its name and version; empty where nothing was scored. */
  scorer: string;
}

interface Scorer {
  /** Name and version: a score is comparable with those of the same one. */
  id: string;
  reads: (language: string) => boolean;
  score: (text: string) => {
    compound: number;
    pos: number;
    neu: number;
    neg: number;
    words: WordScore[];
  };
}

/** What is too short to tell is most likely English, which most short texts of a shop are. */
const VADER: Scorer = {
  id: 'vader-1.1.3/1',
  reads: (language) => language === ENGLISH || language === UNKNOWN_LANGUAGE,
  score: scoreByVader,
};

/** In order of preference: the first that reads the language scores. */
const SCORERS: readonly Scorer[] = [VADER];

/** From which compound on a text is positive; below its negative it is negative (Hutto & Gilbert). */
const CLEAR = 0.05;
const MAX_DRIVERS = 5;
/** No longer text can be told; see the contracts of feedback. */
const MAX_CHARACTERS = 20_000;

export interface ScoreOptions {
  /** The language of the text where it is known. */
  language?: string;
}

/** Scores one text. Whatever it is, it is answered: a text that cannot be scored is `unscored`. */
export function scoreText(given: string, options: ScoreOptions = {}): TextScore {
  const text = given.slice(0, MAX_CHARACTERS).trim();
  if (text === '') return { ...UNSCORED, language: 'none' };
  const language = options.language ?? languageOf(text);
  const topics = topicsOf(text);
  const scorer = SCORERS.find(({ reads }) => reads(language));
  if (!scorer) return { ...UNSCORED, language, topics };
  const { compound, pos, neu, neg, words } = scorer.score(text);
  return {
    language,
    compound,
    positive: pos,
    neutral: neu,
    negative: neg,
    label: labelOf(compound),
    drivers: driversOf(words),
    topics,
    scorer: scorer.id,
  };
}

const UNSCORED: TextScore = {
  language: '',
  compound: null,
  positive: null,
  neutral: null,
  negative: null,
  label: 'unscored',
  drivers: [],
  topics: [],
  scorer: '',
};

export function labelOf(compound: number): Label {
  if (compound >= CLEAR) return 'positive';
  return compound <= -CLEAR ? 'negative' : 'neutral';
}

/** A word that comes several times adds up. */
function driversOf(words: readonly WordScore[]): Driver[] {
  const weights = new Map<string, number>();
  for (const { word, valence } of words) weights.set(word, (weights.get(word) ?? 0) + valence);
  return [...weights]
    .map(([word, weight]) => ({ word, weight: Math.round(weight * 1000) / 1000 }))
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || (a.word < b.word ? -1 : 1))
    .slice(0, MAX_DRIVERS);
}
