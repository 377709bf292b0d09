/** Feedback over its increments: edited, deleted, late, in other languages, and whose it is. */
import { openTestPipeline, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import { deleted, type BronzeRecord, type Fields } from '../support/records.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { november, of } from './behaviour.js';
import { expectRows } from './golden.js';
import { identify } from './persons.js';
import { tellStoriesOf } from './stories.js';

const VIEWS = {
  /** When it came, who gave it, product, category, rating, language, compound, label. */
  feedback: `
    select feedback_id, formatDateTime(created_at, '%d %H:%i'), customer_id, product_name, category,
      ifNull(toString(rating), ''), language, ifNull(toString(compound), ''), label
    from gold.fct_feedback order by feedback_id`,
  /** What drove the score, and what it is about. */
  words: `
    select feedback_id,
      arrayStringConcat(arrayMap(d -> concat(d.1, ' ', toString(d.2)), drivers), ', '),
      arrayStringConcat(topics, ' ')
    from gold.fct_feedback order by feedback_id`,
  /** By product: the day, feedback, scored, sum of compounds, ratings and their sum. */
  days: `
    select s.product_id, formatDateTime(bucket_at, '%d') as day, sum(s.feedback), sum(s.scored),
      sum(s.compound), sum(s.ratings), sum(s.rating_sum)
    from gold.sentiment_15m as s
    group by s.product_id, day having sum(s.feedback) > 0 order by s.product_id, day`,
  /** By product: the day, tickets opened, answered and resolved, and the seconds that it took. */
  tickets: `
    select s.product_id, formatDateTime(bucket_at, '%d') as day, sum(s.opened), sum(s.answered),
      sum(s.resolved), arrayStringConcat(arraySort(groupArrayArray(s.response_seconds)), ' '),
      arrayStringConcat(arraySort(groupArrayArray(s.resolution_seconds)), ' ')
    from gold.sentiment_15m as s where kind = 'ticket'
    group by s.product_id, day order by s.product_id, day`,
} as const;

const review = (id: string, visitor: string, at: string, properties: JsonObject): BronzeEvent =>
  of(visitor).track('Product Reviewed')(`${id}-${at}`, at, {
    properties: { review_id: id, ...properties },
  });

/** Read on the 20th unless told otherwise. */
const record = (id: string, fields: Fields, at = '20 12:00'): BronzeRecord => ({
  ...{ origin: 'file', source: 'desk', entity: 'feedback', id, at: november(at) },
  fields: { kind: 'ticket', ...fields },
});
const ticket = (id: string, fields: Fields, at?: string) =>
  record(id, { product_id: id, created_at: november('05 10:00'), ...fields }, at);

const mug = { product_id: 'edit-p', name: 'Mug', category: 'Kitchen' };

tellStoriesOf(
  VIEWS,
  openTestPipeline,
  {
    'a review that is sent again replaces itself on the day it came first, whatever comes late': {
      ids: 'edit',
      steps: [
        {
          events: [
            review('edit-1', 'edit-v', '05 10:00', { ...mug, rating: 4, review_body: 'Good mug' }),
          ],
          then: {
            feedback: 'edit-1 | 05 10:00 | | Mug | Kitchen | 4 | en | 0.4404 | positive',
            words: 'edit-1 | good 1.9 | none',
            days: 'edit-p | 05 | 1 | 1 | 0.4404 | 1 | 4',
          },
        },
        {
          events: [
            review('edit-1', 'edit-v', '07 10:00', {
              ...mug,
              rating: 1,
              review_body: 'It is not good. I see that it broke after a week.',
            }),
          ],
          then: {
            feedback: 'edit-1 | 05 10:00 | | Mug | Kitchen | 1 | en | -0.6377 | negative',
            words: 'edit-1 | broke -1.8, good -1.406 | defect',
            days: 'edit-p | 05 | 1 | 1 | -0.6377 | 1 | 1',
          },
        },
        {
          events: [
            review('edit-1', 'edit-v', '04 10:00', { ...mug, rating: 5, review_body: 'Great' }),
            identify('edit-v', 'edit-u', '08 10:00'),
          ],
          then: {
            feedback: 'edit-1 | 04 10:00 | edit-u | Mug | Kitchen | 1 | en | -0.6377 | negative',
            words: 'edit-1 | broke -1.8, good -1.406 | defect',
            days: 'edit-p | 04 | 1 | 1 | -0.6377 | 1 | 1',
          },
        },
      ],
    },
    'without an id each event is a review; a rating off its scale is as good as not told': {
      ids: 'plain',
      steps: [
        {
          events: [
            of('plain-v').track('Product Reviewed')('plain-1', '05 10:00', {
              messageId: 'plain-1',
              properties: { product_id: 'plain-p', rating: 95, review_body: 'ok' },
            }),
            of('plain-v').track('Product Reviewed')('plain-2', '05 11:00', {
              messageId: 'plain-2',
              properties: { product_id: 'plain-p', rating: 3 },
            }),
          ],
          then: {
            feedback: `
              plain-1 | 05 10:00 | | | unknown | | unknown | 0.296 | positive
              plain-2 | 05 11:00 | | | unknown | 3 | none | | unscored`,
            days: 'plain-p | 05 | 2 | 1 | 0.296 | 1 | 3',
          },
        },
      ],
    },
    'another language is told and not scored; its topics are': {
      ids: 'tongue',
      steps: [
        {
          events: [
            review('tongue-1', 'tongue-v', '05 10:00', {
              product_id: 'tongue-p',
              review_body: 'Super schlechte Qualität, nach einer Woche kaputt.',
            }),
          ],
          then: {
            feedback: 'tongue-1 | 05 10:00 | | | unknown | | de | | unscored',
            words: 'tongue-1 | | quality defect',
            days: 'tongue-p | 05 | 1 | 0 | 0 | 0 | 0',
          },
        },
      ],
    },
    'a ticket is opened, answered and resolved, each on its own day; a correction moves it': {
      ids: 'desk',
      steps: [
        {
          records: [ticket('desk-1', { text: 'My mug is broken', topic: 'Defects' })],
          then: {
            words: 'desk-1 | broken -2.1 | defects defect',
            tickets: 'desk-1 | 05 | 1 | 0 | 0 | |',
          },
        },
        {
          records: [
            ticket(
              'desk-1',
              {
                text: 'My mug is broken',
                topic: 'Defects',
                first_response_at: november('06 10:00'),
                resolved_at: november('09 10:00'),
                rating: 5,
              },
              '20 13:00',
            ),
          ],
          then: {
            tickets: `
              desk-1 | 05 | 1 | 0 | 0 | |
              desk-1 | 06 | 0 | 1 | 0 | 86400 |
              desk-1 | 09 | 0 | 0 | 1 | | 345600`,
            days: 'desk-1 | 05 | 1 | 1 | -0.4767 | 1 | 5',
          },
        },
        {
          records: [
            ticket(
              'desk-1',
              { text: 'My mug is broken', first_response_at: november('06 11:00') },
              '20 14:00',
            ),
          ],
          then: {
            tickets: `
              desk-1 | 05 | 1 | 0 | 0 | |
              desk-1 | 06 | 0 | 1 | 0 | 90000 |`,
          },
        },
      ],
    },
    'a record that its source deleted is none': {
      ids: 'gone',
      steps: [
        {
          records: [ticket('gone-1', { text: 'Terrible' })],
          then: { tickets: 'gone-1 | 05 | 1 | 0 | 0 | |' },
        },
        {
          records: [deleted(ticket('gone-1', { text: 'Terrible' }), november('21 12:00'))],
          then: { tickets: '', feedback: '', days: '' },
        },
      ],
    },
    'what does not say when it came counts from when it was first read, and measures nothing': {
      ids: 'undated',
      steps: [
        {
          records: [record('undated-1', { product_id: 'undated-1', text: 'Bad' })],
          then: { tickets: 'undated-1 | 20 | 1 | 0 | 0 | |' },
        },
        {
          records: [
            record(
              'undated-1',
              { product_id: 'undated-1', text: 'Bad', status: 'Closed' },
              '22 09:00',
            ),
            record(
              'undated-2',
              { product_id: 'undated-2', first_response_at: november('10 09:00') },
              '22 09:00',
            ),
          ],
          then: {
            tickets: `
              undated-1 | 20 | 1 | 0 | 0 | |
              undated-1 | 22 | 0 | 0 | 1 | |
              undated-2 | 10 | 1 | 1 | 0 | |`,
          },
        },
      ],
    },
    'a record has its product’s name from wherever that is told, also later': {
      ids: 'named',
      steps: [
        {
          records: [record('named-1', { product_id: 'named-p', text: 'Nice' })],
          then: { feedback: 'named-1 | 20 12:00 | | | unknown | | unknown | 0.4215 | positive' },
        },
        {
          events: [
            of('named-v').track('Product Viewed')('named-view', '06 10:00', {
              properties: { product_id: 'named-p', name: 'Lamp', category: 'Light' },
            }),
          ],
          then: { feedback: 'named-1 | 20 12:00 | | Lamp | Light | | unknown | 0.4215 | positive' },
        },
      ],
    },
    'a survey of recommendation goes from 0 to 10, and its answers are no ratings of service': {
      ids: 'nps',
      steps: [
        {
          records: [9, 6, 11].map((rating) =>
            record(`nps-${rating}`, { kind: 'NPS', rating, created_at: november('05 10:00') }),
          ),
          then: {
            feedback: `
              nps-11 | 05 10:00 | | | unknown | | none | | unscored
              nps-6 | 05 10:00 | | | unknown | 6 | none | | unscored
              nps-9 | 05 10:00 | | | unknown | 9 | none | | unscored`,
          },
        },
      ],
    },
  },
  expectTotalsAgree,
);

/** The aggregate holds all feedback, and each view of it the same. */
async function expectTotalsAgree({ warehouse }: TestPipeline): Promise<void> {
  await expectRows(
    warehouse,
    `with
       (select (count(), countIf(compound is not null), sum(compound)) from gold.fct_feedback)
         as facts,
       (select (sum(s.feedback), sum(s.scored), sum(s.compound)) from gold.sentiment_15m as s)
         as sums,
       (select (sum(s.feedback), sum(s.scored), sum(s.compound))
        from gold.sentiment_by_segment as s) as segments
     select facts = sums, facts = segments`,
    '1 | 1',
  );
}
