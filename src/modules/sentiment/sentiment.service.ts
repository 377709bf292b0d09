/** Sentiment: the shared metric questions, the most telling texts, and scoring on request. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { Science } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import type {
  Answer,
  Breakdown,
  MetricValue,
  Series,
  Summary,
} from '../../contracts/metric-contract.js';
import { maskText } from '../../ingest/index.js';
import { readCursor, writeCursor } from '../metrics/cursor.js';
import type { Department } from '../metrics/definition.js';
import type { BreakdownArguments, MetricsService } from '../metrics/metrics.service.js';
import { pickedRows } from '../metrics/query-builder.js';
import type { Comparison, Granularity } from '../metrics/range.js';
import type { MetricArguments } from '../metrics/request.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
import { SENTIMENT_DEPARTMENT, TEXT_DEPARTMENT } from './sentiment.metrics.js';

const TEXTS = readFileSync(new URL('queries/texts.sql', import.meta.url), 'utf8');

const DEFAULT_TEXTS = 10;
/** A text may have 20,000 characters. */
export const MAX_TEXTS = 100;

/** Scored sooner than a thread takes them. */

export const SCORE_LIMITS = { texts: 1_000, characters: 200_000, charactersEach: 20_000 } as const;

export interface TextArguments extends Pick<
  MetricArguments,
  'from' | 'to' | 'timezone' | 'filter'
> {
  limit?: number;
  cursor?: string;
}

/** A word that drove a score, and what it added to the sum that the score is made of. */
export interface Driver {
  word: string;
  weight: number;
}

export interface TextRow {
  /** Where it comes from and its id there. */
  key: string;
  /** Its title, or how its text begins. */
  label: string;
  created_at: string;
  kind: string;
  source: string;
  customer_id: string;
  product: string;
  product_name: string;
  rating: MetricValue;
  title: string;
  text: string;
  language: string;
  compound: MetricValue;
  sentiment: string;
  drivers: Driver[];
  topics: string[];
}

export interface Texts {
  rows: TextRow[];
  cursor: string | null;
}

export interface ScoredText {
  /** As given, with marks in the place of personal data. */
  text: string;
  language: string;
  /** Null where the language is one that no scorer reads. */
  compound: number | null;
  positive: number | null;
  neutral: number | null;
  negative: number | null;
  label: string;
  drivers: Driver[];
  topics: string[];
  scorer: string;
}

@Injectable()
export class SentimentService {
  constructor(
    private readonly metrics: MetricsService,
    private readonly science: Science,
  ) {}

  summary(given: MetricArguments & { compare?: Comparison }): Promise<Answer<Summary>> {
    return this.metrics.summary(asked(SENTIMENT_DEPARTMENT), given);
  }

  async series(given: MetricArguments & { granularity?: Granularity }): Promise<Answer<Series>> {
    if (given.metrics?.includes('backlog')) {
      throw new CodedError(
        'invalid_parameter',
        '`backlog` is what is open at the end of a range and has no series; ask for summaries, or ' +
          'for tickets_opened and tickets_resolved, by which it changes.',
      );
    }
    return this.metrics.series(asked(SENTIMENT_DEPARTMENT), given);
  }

  breakdown(given: BreakdownArguments): Promise<Answer<Breakdown>> {
    return this.metrics.breakdown(asked(SENTIMENT_DEPARTMENT), given);
  }

  /** The most telling texts of a range, the most extreme first; what was not scored is left out. */
  async texts({ limit = DEFAULT_TEXTS, cursor, ...given }: TextArguments): Promise<Answer<Texts>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_TEXTS) {
      throw new CodedError(
        'invalid_parameter',
        `\`limit\` is a whole number from 1 to ${MAX_TEXTS}.`,
      );
    }
    const offset = readCursor(cursor);
    const request = this.metrics.read(TEXT_DEPARTMENT, given);
    const picked = pickedRows(request);
    const question = ['texts', limit, offset];
    return this.metrics.answer(
      asked(TEXT_DEPARTMENT),
      request,
      question,
      request.range,
      async () => {
        const found = await this.metrics.rows({
          sql: TEXTS.replace('picked_feedback()', `(${picked.sql})`),
          parameters: { ...picked.parameters, limit: limit + 1, offset },
        });
        const rows = found.slice(0, limit).map(textRow);
        return { rows, cursor: found.length > limit ? writeCursor(offset + limit) : null };
      },
    );
  }

  /** Scores texts as feedback is scored. Nothing is stored, and personal data is not echoed. */
  async score(texts: readonly string[]): Promise<ScoredText[]> {
    requireWithinLimits(texts);
    const rows = texts.map((text) => ({ title: '', text: maskText(text), topic: '' }));
    const scored = await this.science.map('science/score-feedback', rows);
    return (scored as unknown as (ScoredText & { title: string; topic: string })[]).map(
      ({ title: _, topic: __, ...score }) => score,
    );
  }
}

/** Nothing that is missing is known of feedback, which has no currency. */
const asked = (department: Department) => ({
  department,
  findCompleteness: async () => 'complete' as const,
});

const characters = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0);

function requireWithinLimits(texts: readonly string[]): void {
  const { texts: most, characters: all, charactersEach } = SCORE_LIMITS;
  const isWithin = texts.length > 0 && texts.length <= most && characters(texts) <= all;
  if (isWithin && texts.every(({ length }) => length <= charactersEach)) return;
  throw new CodedError(
    'invalid_parameter',
    `\`texts\` are 1 to ${most}, each of at most ${charactersEach} characters, in all ${all}.`,
  );
}

const LABEL_CHARACTERS = 80;

function textRow(row: Record<string, unknown>): TextRow {
  const text = (name: string) => String(row[name] ?? '');
  const number = (name: string) => toMetricValue(row[name] as EngineValue, 'ratio', '');
  const words = row['driver_words'] as string[];
  const weights = row['driver_weights'] as number[];
  return {
    key: `${text('origin')}:${text('source')}:${text('feedback_id')}`,
    label: (text('title') || text('text')).slice(0, LABEL_CHARACTERS).toWellFormed(),
    created_at: text('came_at'),
    kind: text('kind'),
    source: text('source'),
    customer_id: text('customer_id'),
    product: text('product_id'),
    product_name: text('product_name'),
    rating: number('rating'),
    title: text('title'),
    text: text('text'),
    language: text('language'),
    compound: number('compound'),
    sentiment: text('sentiment'),
    drivers: words.map((word, index) => ({ word, weight: weights[index]! })),
    topics: row['topics'] as string[],
  };
}
