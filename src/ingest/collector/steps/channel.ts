/** The marketing channel of an event, by the readable rules of channels.yml. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ChannelFacts {
  utm_source: string;
  utm_medium: string;
  /** The name of the first ad click id in the page's URL, e.g. gclid. */
  click_id: string;
  referrer_host: string;
  /** `true` if the referrer is the page's own host. */
  is_internal: string;
}

interface Rule {
  channel: string;
  when: Partial<Record<keyof ChannelFacts, string[]>>;
}

type Test = (facts: ChannelFacts) => boolean;

export class ChannelRules {
  private readonly rules: { channel: string; tests: Test[] }[];

  constructor(text = readFileSync(new URL('../channels.yml', import.meta.url), 'utf8')) {
    this.rules = (parse(text) as Rule[]).map(({ channel, when }) => ({
      channel,
      tests: Object.entries(when).map(([fact, values]) =>
        testOf(fact as keyof ChannelFacts, values),
      ),
    }));
  }

  channelOf(facts: ChannelFacts): string {
    return this.rules.find(({ tests }) => tests.every((test) => test(facts)))?.channel ?? 'unknown';
  }
}

function testOf(fact: keyof ChannelFacts, values: string[]): Test {
  const exact = new Set(values.filter((value) => !isPattern(value)));
  const patterns = values.filter(isPattern).map((value) => new RegExp(value.slice(1, -1)));
  return (facts) => {
    const value = facts[fact].toLowerCase();
    return exact.has(value) || patterns.some((pattern) => pattern.test(value));
  };
}

const isPattern = (value: string) => value.length > 1 && /^\/.*\/$/.test(value);
