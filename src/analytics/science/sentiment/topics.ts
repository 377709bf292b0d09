/** What a text is about, by the words of topics.yml. Pure but for that file, read once. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export type TopicLexicon = Readonly<Record<string, readonly string[]>>;

interface Topic {
  name: string;
  words: RegExp;
}

/** Reads the lexicon; an entry that no text could match is an error that names it. */
export function compileTopics(lexicon: TopicLexicon): readonly Topic[] {
  return Object.entries(lexicon).map(([name, entries]) => ({
    name,
    words: new RegExp(
      String.raw`(?<![\p{L}\p{N}])(?:${entries.map((entry) => patternOf(name, entry)).join('|')})(?![\p{L}\p{N}])`,
      'iu',
    ),
  }));
}

function patternOf(topic: string, entry: string): string {
  if (!/^[\p{Ll}\p{N}'’-]+(?: [\p{Ll}\p{N}'’-]+)*\*?$/u.test(entry)) {
    throw new Error(
      `topics.yml: ${topic} has ${JSON.stringify(entry)}, which is no word or phrase.`,
    );
  }
  const words = entry
    .replace('*', '')
    .replaceAll("'", "['’]")
    .replaceAll(' ', String.raw`\s+`);
  return entry.endsWith('*') ? String.raw`${words}\p{L}*` : words;
}

const TOPICS = compileTopics(
  parse(readFileSync(new URL('topics.yml', import.meta.url), 'utf8')) as TopicLexicon,
);

/** The names of the topics that a text speaks of, in the order of the lexicon. */
export function topicsOf(text: string, topics: readonly Topic[] = TOPICS): string[] {
  return topics.filter(({ words }) => words.test(text)).map(({ name }) => name);
}
