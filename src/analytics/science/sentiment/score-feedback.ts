/** What silver.feedback computes by: each row of feedback with the score of its title and text. */
import { scoreText, type TextScore } from './score-text.js';

export interface Feedback {
  title: string;
  text: string;
  /** What the feedback itself names as its topic, or empty. */
  topic: string;
}

export type ScoredFeedback<Given extends Feedback> = Given & TextScore;

/** One row out for each row in. A told topic comes before those that are found. */
export function scoreFeedback<Given extends Feedback>(
  rows: readonly Given[],
): ScoredFeedback<Given>[] {
  return rows.map((row) => {
    const { topics, ...score } = scoreText(`${row.title}\n${row.text}`);
    const told = row.topic === '' ? [] : [row.topic];
    return { ...row, ...score, topics: [...new Set([...told, ...topics])] };
  });
}
