import type { JsonValue } from '../../../contracts/json.js';
import { findProblem, MAX_EVENT_BYTES, MAX_EVENT_DEPTH } from './bound.js';

const problem = (event: JsonValue, bytes = 10) => findProblem(event, bytes)?.code ?? null;
const parsed = (text: string) => JSON.parse(text) as JsonValue;

/** An event of `depth` levels, counting the event itself, in objects or in arrays. */
function nested(depth: number, isArray: boolean): JsonValue {
  let value: JsonValue = isArray ? [] : {};
  for (let level = 2; level < depth; level += 1) value = isArray ? [value] : { a: value };
  return { properties: value };
}

describe('findProblem', () => {
  it('passes an ordinary event', () => {
    expect(problem({ type: 'track', list: [1, -1.5, null, true, 'x'], empty: {} })).toBeNull();
  });

  it.each([null, 1, 'text', true, [], [{}]])('refuses %j, which is no object', (event) => {
    expect(problem(event)).toBe('invalid_event');
  });

  it('takes 32 KB exactly', () => {
    expect(MAX_EVENT_BYTES).toBe(32_768);
    expect(problem({}, 32_768)).toBeNull();
    expect(problem({}, 32_769)).toBe('event_too_large');
  });

  it.each([true, false])('takes 32 levels and not 33 (arrays: %j)', (isArray) => {
    expect(MAX_EVENT_DEPTH).toBe(32);
    expect(problem(nested(32, isArray))).toBeNull();
    expect(problem(nested(33, isArray))).toBe('too_deep');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s at any depth', (key) => {
    expect(problem(parsed(`{"${key}":1}`))).toBe('forbidden_key');
    expect(problem(parsed(`{"properties":{"list":[{"a":{"${key}":{}}}]}}`))).toBe('forbidden_key');
    expect(findProblem(parsed(`{"${key}":1}`), 10)?.detail).toContain(key);
  });

  it('allows the same words as values and as parts of keys', () => {
    expect(problem({ a: '__proto__', constructors: 1, Prototype: 'constructor' })).toBeNull();
  });

  it.each([
    ['9007199254740991', null],
    ['-9007199254740991', null],
    ['9007199254740992', 'number_out_of_range'],
    ['-9007199254740993', 'number_out_of_range'],
    ['12345678901234567890', 'number_out_of_range'],
    ['1e999', 'number_out_of_range'],
    ['-1e999', 'number_out_of_range'],
    ['0.1', null],
    ['1e-999', null],
  ])('judges the number %s', (text, expected) => {
    expect(problem(parsed(`{"properties":{"list":[${text}]}}`))).toBe(expected);
  });

  it('names no value of the event', () => {
    const { detail } = findProblem({ id: 2 ** 53 }, 10)!;
    expect(detail).not.toMatch(/900719/);
  });
});
