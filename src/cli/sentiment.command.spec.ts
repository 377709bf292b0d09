import { parseRatedTexts } from './sentiment.command.js';

describe('parseRatedTexts', () => {
  it('reads id, rating and text, whatever ends the lines and whatever the text holds', () => {
    expect(parseRatedTexts('\uFEFF1\t2.5\tGood\r\n2\t-1\ta\tb\n\n', 'f.txt')).toEqual([
      { rating: 2.5, text: 'Good' },
      { rating: -1, text: 'a\tb' },
    ]);
  });

  it.each(['1\tgood\ttext', '1\t2', 'a text', '1\t\ttext'])('refuses %j with its line', (line) => {
    expect(() => parseRatedTexts(`1\t2\ttext\n${line}`, 'f.txt')).toThrow('f.txt:2 is not an id');
  });
});
