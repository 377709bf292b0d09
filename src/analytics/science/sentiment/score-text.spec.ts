import fc from 'fast-check';
import vader from 'vader-sentiment';
import { evaluateScorer, pearson } from './evaluate.js';
import { languageOf } from './language.js';
import { scoreFeedback } from './score-feedback.js';
import { labelOf, scoreText } from './score-text.js';
import { compileTopics, topicsOf } from './topics.js';
import { scoreByVader } from './vader.js';

describe('scoreByVader', () => {
  const word = fc.constantFrom(
    ...[
      'good',
      'GOOD',
      'bad',
      'Kind',
      'kind',
      'of',
      'very',
      'fucking',
      'least',
      'at',
      'never',
      'so',
    ],
    ...['but', 'BUT', "isn't", 'not', 'the', 'shit', 'bomb', 'yeah', 'right', 'sort', 'hand', 'to'],
    ...['mouth', 'love', 'LOVE', 'mug', ':)', ':(', '<3', 'no', 'absolutely', 'constructor', 'ok'],
  );
  const mark = fc.constantFrom(
    '',
    '',
    '',
    '.',
    '!',
    '!!!',
    '?',
    '???',
    ',',
    '"',
    "'",
    '!?!?',
    '--',
  );
  const token = fc.tuple(mark, word, mark).map((parts) => parts.join(''));
  const text = fc
    .array(fc.tuple(token, fc.constantFrom(' ', '  ', '\n')), { maxLength: 14 })
    .map((tokens) => tokens.flat().join(''));

  it('scores every text as the library does', () => {
    fc.assert(
      fc.property(text, (sample) => {
        const { words: _, ...score } = scoreByVader(sample);
        expect(score).toEqual(vader.SentimentIntensityAnalyzer.polarity_scores(sample));
      }),
      { numRuns: 3_000 },
    );
  });

  it('tells what each word adds: negated, strengthened, and weighed by what follows but', () => {
    // good 1.9; × −0.74 after not; + 0.293 after very. Before but × 0.5, after it × 1.5.
    expect(scoreByVader('good').words).toEqual([{ word: 'good', valence: 1.9 }]);
    expect(scoreByVader('not good').words[0]!.valence).toBeCloseTo(-1.406, 6);
    expect(scoreByVader('very good').words[0]!.valence).toBeCloseTo(2.193, 6);
    // As in the authors' own programme a negation counts however it is written.
    expect(scoreByVader('Not good').compound).toBe(scoreByVader('not good').compound);
    expect(scoreByVader('I DON’T like it').compound).toBeLessThan(0);
    const [good, bad] = scoreByVader('good but bad').words;
    expect([good!.valence, bad!.valence]).toEqual([0.95, -3.75]);
  });
});

describe('scoreText', () => {
  it('gives the normalised compound, and the words behind it', () => {
    // 1.9 / sqrt(1.9² + 15) = .4404. Of nine words one says something: 2.9 / (2.9 + 8) = .266.
    expect(scoreText('The mug is good, and it holds the coffee.')).toEqual({
      language: 'en',
      compound: 0.4404,
      positive: 0.266,
      neutral: 0.734,
      negative: 0,
      label: 'positive',
      drivers: [{ word: 'good', weight: 1.9 }],
      topics: [],
      scorer: expect.stringMatching(/^vader-/),
    });
  });

  it('names the heaviest words first, and adds up one that comes again', () => {
    const { drivers } = scoreText('Good good mug, but the handle was terrible and the lid bad.');
    expect(drivers.map(({ word, weight }) => `${word} ${weight}`)).toEqual([
      'bad -3.75',
      'terrible -3.15',
      'good 1.9',
    ]);
  });

  it.each([
    [0.05, 'positive'],
    [0.0499, 'neutral'],
    [-0.0499, 'neutral'],
    [-0.05, 'negative'],
  ])('a compound of %d is %s', (compound, label) => expect(labelOf(compound)).toBe(label));

  it.each(['', '   ', '\n'])('does not score %j', (text) => {
    expect(scoreText(text)).toMatchObject({ language: 'none', compound: null, label: 'unscored' });
  });

  it('does not score what is in another language, but says which and what it is about', () => {
    expect(scoreText('Super schlechte Qualität, nach einer Woche kaputt.')).toMatchObject({
      language: 'de',
      compound: null,
      label: 'unscored',
      drivers: [],
      topics: ['quality', 'defect'],
      scorer: '',
    });
  });

  it('answers whatever it is given, and never beyond its bounds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const { compound, drivers, label } = scoreText(text);
        expect(Math.abs(compound ?? 0)).toBeLessThanOrEqual(1);
        expect(drivers.length).toBeLessThanOrEqual(5);
        expect(label === 'unscored').toBe(compound === null);
      }),
    );
  });
});

describe('languageOf', () => {
  it.each([
    ['Très bon produit, je recommande', 'fr'],
    ['Muy mala calidad', 'es'],
    ['Pessimo servizio clienti, mai più', 'it'],
    ['素晴らしい製品です', 'ja'],
    ['Broke after a week.', 'en'],
    ['Lovely quality; I would buy it again.', 'en'],
    ['ok', 'unknown'],
    ['12345 :-)', 'unknown'],
    // What stands in the place of personal data says nothing of the language.
    ['Great mug eml_0123456789abcdef0123456789abcdef [card]', 'en'],
  ])('%j is %s', (text, language) => expect(languageOf(text)).toBe(language));
});

describe('topicsOf', () => {
  it.each([
    ['It ARRIVED late and the parcel was torn', ['delivery', 'packaging']],
    ['Customer  service never replied', ['service']],
    ['It doesn’t work; I want my money back', ['defect', 'returns_and_refunds']],
    ['too small', ['size_and_fit']],
    ['The benefit of a lovely mug', []],
  ])('%j speaks of %j', (text, topics) => expect(topicsOf(text)).toEqual(topics));

  it('refuses an entry that no text could match', () => {
    expect(() => compileTopics({ odd: ['a.*b'] })).toThrow('topics.yml: odd has "a.*b"');
  });
});

describe('scoreFeedback', () => {
  it('scores title and text together, and keeps the rest of the row', () => {
    const row = { feedback_id: 'r1', title: 'Love it', text: 'The size is right.', topic: 'mugs' };
    const [scored] = scoreFeedback([row]);
    expect(scored).toMatchObject({ ...row, label: 'positive', topics: ['mugs', 'size_and_fit'] });
    expect(scored!.drivers).toEqual([{ word: 'love', weight: 3.2 }]);
  });
});

describe('evaluateScorer', () => {
  it('correlates scores with ratings', () => {
    const rated = ['good', 'bad', 'mug'].map((text, index) => ({
      text,
      rating: [4, -4, 0][index]!,
    }));
    // Compounds .4404, −.5423, 0 against 4, −4, 0: r = 3.9308 / sqrt(.48457 × 32) by hand.
    const { n, pearson_r: r, scorer } = evaluateScorer(rated);
    expect([n, scorer]).toEqual([3, scoreText('good').scorer]);
    expect(r).toBeCloseTo(0.9982, 3);
  });

  it('is undefined for fewer than two texts, and where all are rated alike', () => {
    expect(evaluateScorer([{ text: 'good', rating: 1 }]).pearson_r).toBeNull();
    expect(pearson([1, 2], [3, 3])).toBeNull();
    expect(pearson([1, 2, 3], [6, 4, 2])).toBe(-1);
  });
});
