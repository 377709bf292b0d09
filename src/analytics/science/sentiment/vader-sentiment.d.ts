/** What of the library is used; it brings no types of its own. */
declare module 'vader-sentiment' {
  export interface PolarityScores {
    neg: number;
    neu: number;
    pos: number;
    /** −1 to 1. */
    compound: number;
  }

  /** A text as the rules read it. */
  export interface SentiText {
    words_and_emoticons: readonly string[];
    /** True if some words stand in capitals and others do not. */
    is_cap_diff: boolean;
  }

  interface Analyzer {
    polarity_scores(text: string): PolarityScores;
    /** Appends the valence of the word at `index` to `sentiments`, and answers with them. */
    sentiment_valence(
      valence: number,
      text: SentiText,
      word: string,
      index: number,
      sentiments: number[],
    ): number[];
    but_check(words: readonly string[], sentiments: number[]): number[];
    score_valence(sentiments: readonly number[], text: string): PolarityScores;
  }

  const vader: { SentimentIntensityAnalyzer: Analyzer };
  export default vader;
}
