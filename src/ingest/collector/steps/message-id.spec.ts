import type { JsonObject } from '../../../contracts/json.js';
import { messageIdOf } from './message-id.js';

const body: JsonObject = {
  type: 'track',
  timestamp: '2026-03-01T00:00:00Z',
  properties: { a: 1, b: [{ c: null, d: 'x' }, 2] },
};
const reordered: JsonObject = {
  properties: { b: [{ d: 'x', c: null }, 2], a: 1 },
  timestamp: '2026-03-01T00:00:00Z',
  type: 'track',
};
const derived = messageIdOf('web', body);

describe('messageIdOf', () => {
  it('is the client’s own if it gives one', () => {
    expect(messageIdOf('web', { ...body, messageId: 'm-1' })).toBe('m-1');
    expect(messageIdOf('web', { messageId: 'm-1' })).toBe('m-1');
  });

  it('is derived from the body, whatever the order of its keys', () => {
    expect(derived).toMatch(/^sha256-[0-9a-f]{48}$/);
    expect(messageIdOf('web', reordered)).toBe(derived);
    expect(messageIdOf('web', { ...body, messageId: '' })).not.toBe('');
  });

  it.each<[string, string, JsonObject]>([
    ['source', 'shop', body],
    ['value', 'web', { ...body, properties: { a: 2 } }],
    ['order of a list', 'web', { ...body, properties: { a: 1, b: [2, { c: null, d: 'x' }] } }],
    ['key', 'web', { ...body, extra: null }],
    ['type of a value', 'web', { ...body, properties: { a: '1', b: [{ c: null, d: 'x' }, 2] } }],
    ['timestamp', 'web', { ...body, timestamp: '2026-03-01T00:00:01Z' }],
  ])('is another for another %s', (_, source, other) => {
    expect(messageIdOf(source, other)).not.toBe(derived);
  });

  it.each([{}, { timestamp: null }])('is fresh with %j, neither id nor timestamp', (bare) => {
    const ids = new Set([1, 2, 3].map(() => messageIdOf('web', { type: 'track', ...bare })));
    expect(ids.size).toBe(3);
    expect([...ids][0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is the one told otherwise only where it would be a fresh one', () => {
    expect(messageIdOf('web', { type: 'track' }, 'told')).toBe('told');
    expect(messageIdOf('web', body, 'told')).toBe(derived);
    expect(messageIdOf('web', { messageId: 'm-1' }, 'told')).toBe('m-1');
  });
});
