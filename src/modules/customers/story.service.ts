/**
 * The story of one customer: who he is, what he was worth, what he did. One query a list, none a
 * row. What some scopes alone may see is taken off after the cache; personal values never enter it.
 */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { DateTime } from 'luxon';
import { CodedError } from '../../contracts/errors.js';
import type { Answer } from '../../contracts/metric-contract.js';
import { hasScope, type Scope } from '../../contracts/scopes.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import { listDepartment, TOP_METRICS } from './customer-lists.metrics.js';
import type { Row } from './customer-lists.rows.js';
import { feedbackOf, orderOf, profileOf, refundOf, sessionOf, worthOf } from './story.rows.js';
import { MAX_LISTED, type CustomerStory } from './story.types.js';

const sql = (name: string) =>
  readFileSync(new URL(`queries/story_${name}.sql`, import.meta.url), 'utf8');
const QUERIES = {
  profile: sql('profile'),
  value: sql('value'),
  orders: sql('orders'),
  refunds: sql('refunds'),
  visitors: sql('visitors'),
  sessions: sql('sessions'),
  feedback: sql('feedback'),
};
const READS = [
  'gold.customer_profiles',
  'gold.customer_value',
  'gold.customer_segments',
  'gold.customer_clv',
  'gold.customer_orders',
  'gold.fct_refunds',
  'gold.fct_identities',
  'gold.fct_sessions',
  'gold.fct_feedback',
];

export const STORY = listDepartment(TOP_METRICS, 'all');
const MAX_ID_CHARACTERS = 500;
const BEGINNING = '1970-01-01';
const EPOCH = DateTime.fromMillis(0, { zone: 'utc' }) as DateTime<true>;

@Injectable()
export class StoryService {
  constructor(private readonly metrics: MetricsService) {}

  /** `id` is the pseudonymous one. Throws `not_found` of a customer whom nothing names. */
  async story(id: string, scopes: readonly Scope[]): Promise<Answer<CustomerStory>> {
    if (id === '' || id.length > MAX_ID_CHARACTERS) throw unknown();
    const request = this.metrics.read(STORY, { from: BEGINNING });
    const span = { from: EPOCH, to: request.range.to.plus({ years: 100 }) };
    const asking = { department: STORY, findCompleteness: async () => 'provisional' as const };
    const answer = await this.metrics.answer(
      asking,
      request,
      ['story', id],
      span,
      () => this.tell(id),
      READS,
    );
    if (answer.data === null) throw unknown();
    const { sessions, feedback, ...rest } = answer.data;
    const data = {
      ...rest,
      sessions: hasScope(scopes, 'behaviour:read') ? sessions : null,
      feedback: hasScope(scopes, 'sentiment:read') ? feedback : null,
    };
    return { data, meta: answer.meta };
  }

  /** A device that several use is the customer's for a time. */
  private async sessions(customer: string): Promise<Row[]> {
    const turns = await this.metrics.rows({ sql: QUERIES.visitors, parameters: { customer } });
    if (turns.length === 0) return [];
    const column = (name: string) => turns.map((turn) => String(turn[name]));
    const parameters = {
      visitors: column('visitor_id'),
      valid_from: column('valid_from'),
      valid_until: column('valid_until'),
      limit: MAX_LISTED,
    };
    return this.metrics.rows({ sql: QUERIES.sessions, parameters });
  }

  private async tell(customer: string): Promise<CustomerStory | null> {
    const parameters = { customer, limit: MAX_LISTED };
    const rows = (statement: string) => this.metrics.rows({ sql: statement, parameters });
    const [profiles, values, orders, refunds, sessions, feedback] = await Promise.all([
      rows(QUERIES.profile),
      rows(QUERIES.value),
      rows(QUERIES.orders),
      rows(QUERIES.refunds),
      this.sessions(customer),
      rows(QUERIES.feedback),
    ]);
    if (profiles.length === 0 && values.length === 0) return null;
    return {
      customer_id: customer,
      profile: profiles.map(profileOf)[0] ?? null,
      values: values.map(worthOf),
      orders: orders.map(orderOf),
      refunds: refunds.map(refundOf),
      sessions: sessions.map(sessionOf),
      feedback: feedback.map(feedbackOf),
    };
  }
}

const unknown = () => new CodedError('not_found', 'There is no such customer.');
