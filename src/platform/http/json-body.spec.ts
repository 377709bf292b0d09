import { CodedError } from '../../contracts/errors.js';
import { depthOf, MAX_REQUEST_DEPTH, parseJsonBody } from './json-body.js';

const parse = (text: string) => parseJsonBody(Buffer.from(text));
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as CodedError).code;
  }
  return null;
};

describe('parseJsonBody', () => {
  it('reads JSON', () => {
    expect(parse('{"a":[1,"ä",null]}')).toEqual({ a: [1, 'ä', null] });
  });

  it.each(['', '{', '{"a":}', 'undefined', "{'a':1}"])('refuses %j as malformed', (text) => {
    expect(codeOf(() => parse(text))).toBe('malformed_json');
  });

  it('refuses bytes that are not UTF-8 instead of changing them', () => {
    expect(codeOf(() => parseJsonBody(Buffer.from([0x22, 0xff, 0x22])))).toBe('malformed_json');
  });

  it('accepts the depth limit and refuses one more, however deep', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parse(nested(MAX_REQUEST_DEPTH)))).toBeNull();
    expect(codeOf(() => parse(nested(MAX_REQUEST_DEPTH + 1)))).toBe('too_deep');
    expect(codeOf(() => parse(nested(250_000)))).toBe('too_deep');
  });

  it('makes strings and keys well-formed', () => {
    expect(parse('{"a\\u0000":"x\\ud800y\\u0000"}')).toEqual({ 'a\uFFFD': 'x\uFFFDy\uFFFD' });
    expect(parse('"\\ud83d\\ude00"')).toBe('😀');
  });

  it('keeps a key __proto__ an ordinary key', () => {
    const value = parse('{"__proto__":{"polluted":true},"b":"\\u0041"}') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'b']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('depthOf', () => {
  it('does not count brackets in strings', () => {
    expect(depthOf('{"a":"[[[\\"[{"}')).toBe(1);
  });
});
