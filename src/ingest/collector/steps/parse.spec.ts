import type { CodedError } from '../../../contracts/errors.js';
import { MAX_BATCH_EVENTS, parseCall, type Call } from './parse.js';

const codeOf = (call: Call, body: unknown) => {
  try {
    parseCall(call, body);
  } catch (error) {
    return (error as CodedError).code;
  }
  return null;
};

describe('a single call', () => {
  it.each(['track', 'page', 'identify'] as const)('%s gives the event its type', (call) => {
    const body = { type: 'other', userId: 'u', writeKey: 'k', sentAt: 's', messageId: 'm' };
    expect(parseCall(call, body)).toEqual({
      events: [{ type: call, userId: 'u', messageId: 'm' }],
      writeKey: 'k',
      sentAt: 's',
    });
  });

  it.each([undefined, null, 1, 'text', true, [], [{}]])('refuses %j', (body) => {
    expect(codeOf('track', body)).toBe('invalid_event');
    expect(codeOf('batch', body)).toBe('invalid_event');
  });
});

describe('a batch', () => {
  it.each([[{}], [{ batch: [] }], [{ batch: {} }], [{ batch: 'x' }], [{ batch: null }]])(
    'is refused as %j',
    (body) => expect(codeOf('batch', body)).toBe('invalid_batch'),
  );

  it('holds 2,500 events and not one more', () => {
    const events = (length: number) => ({ batch: Array.from({ length }, () => ({})) });
    expect(parseCall('batch', events(MAX_BATCH_EVENTS)).events).toHaveLength(2500);
    expect(codeOf('batch', events(MAX_BATCH_EVENTS + 1))).toBe('invalid_batch');
  });

  it('leaves items of another shape for the bounds to reject', () => {
    const batch = [null, 1, 'text', [], true];
    expect(parseCall('batch', { batch, context: { a: 1 } }).events).toEqual(batch);
  });

  it('lends its context to each event, which has the last word', () => {
    const body = {
      context: { library: 'lib', locale: 'de' },
      batch: [{ context: { locale: 'en' } }, {}, { context: 'text' }],
    };
    expect(parseCall('batch', body).events).toEqual([
      { context: { library: 'lib', locale: 'en' } },
      { context: { library: 'lib', locale: 'de' } },
      { context: { library: 'lib', locale: 'de' } },
    ]);
  });

  it('may not grow beyond 16 MB by lending a large context', () => {
    const lending = (bytes: number) => ({
      context: { a: 'x'.repeat(bytes - '{"a":""}'.length) },
      batch: Array.from({ length: 2048 }, () => ({})),
    });
    expect(codeOf('batch', lending(8192))).toBeNull();
    expect(codeOf('batch', lending(8193))).toBe('request_too_large');
  });

  it('takes key and sending time off its events, where some SDKs repeat them', () => {
    const batch = [{ type: 'track', writeKey: 'secret', sentAt: '2026-01-01T00:00:00Z' }];
    expect(parseCall('batch', { batch, writeKey: 'k', sentAt: 's' })).toEqual({
      events: [{ type: 'track' }],
      writeKey: 'k',
      sentAt: 's',
    });
  });
});
