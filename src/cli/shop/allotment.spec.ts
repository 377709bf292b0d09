import fc from 'fast-check';
import { allotCents } from './allotment.js';

describe('allotCents', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [10, [999, 1], [10, 0]],
    [5, [1, 2, 4], [1, 1, 3]],
    [0, [3, 4], [0, 0]],
    [7, [0, 0], [7, 0]],
    [1_499, [1_499], [1_499]],
  ])('splits %p by %p', (cents, weights, shares) => {
    expect(allotCents(cents, weights)).toEqual(shares);
  });

  it('loses no cent and stays within a cent of the exact share', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), weights, (cents, each) => {
        const shares = allotCents(cents, each);
        const sum = each.reduce((all, weight) => all + weight, 0);
        expect(shares.reduce((all, share) => all + share, 0)).toBe(cents);
        shares.forEach((share, index) => {
          expect(Math.abs(share - (cents * each[index]!) / sum)).toBeLessThan(1);
        });
      }),
    );
  });
});
