import { thrownCode } from '../../../test/support/codes.js';
import { filterParameters, readPlace, writePlace } from './selection.js';

const PLACE = { at: '2026-02-03 04:05:06.789', id: '0123456789abcdef'.repeat(2) };

describe('a cursor', () => {
  it('is read as it was written', () => {
    expect(readPlace(writePlace(PLACE))).toEqual(PLACE);
    expect(readPlace(undefined)).toBeNull();
  });

  it.each(['', 'x', writePlace({ ...PLACE, id: "' or 1=1" }), writePlace({ ...PLACE, at: '' })])(
    '%j is refused',
    (cursor) => {
      expect(thrownCode(() => readPlace(cursor))).toBe('invalid_parameter');
    },
  );
});

describe('a filter', () => {
  it('takes in all that is open, unless it says otherwise', () => {
    const { state, source, code } = filterParameters({});
    expect({ state, source, code }).toEqual({ state: 'open', source: '', code: '' });
    expect(filterParameters({ state: 'all', code: 'type' })).toMatchObject({
      ...{ state: 'all', code: 'type' },
    });
  });
});
