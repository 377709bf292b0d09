import type { Facts } from './outcome.js';
import { readFacts, writeFacts } from './stored-facts.js';

const FACTS: Facts = {
  time: {
    occurredAt: new Date('2026-02-03T04:05:06.789Z'),
    originalDate: '2026-02-03',
    hasClientTimestamp: true,
  },
  ...{ country: 'AT', channel: 'email', referrerHost: 'google.com' },
  click: { name: 'gclid', id: 'click-1' },
  utm: { source: 'news', medium: 'email', campaign: '', term: '', content: '"' },
  ...{ device_type: 'mobile', os: 'iOS', browser: 'Safari', is_bot: false },
};

describe('stored facts', () => {
  it('are read as they were written', () => {
    const stored = { facts: FACTS, reportingCurrency: 'EUR' };
    expect(readFacts(writeFacts(stored))).toEqual(stored);
  });

  it('are none where none were known', () => {
    expect(readFacts('')).toBeNull();
  });
});
