/** The report as a message of Slack's incoming webhooks (Block Kit). */
import { Decimal } from 'decimal.js';
import { slackText } from '../../platform/outbound/slack.js';
import { percent, tell } from './explain.js';
import type { ExecutiveReport, ReportSection } from './report.js';

/** Slack takes ten fields a section, and 3,000 characters a text. */
const MAX_FIELDS = 10;
const MAX_CHARACTERS = 2_900;

export function renderSlack(report: ExecutiveReport): object {
  const title = `Executive report, ${report.period} of ${report.date}`;
  const sentences = [...(report.explanation?.sentences ?? []), ...report.notes].join('\n');
  return {
    text: title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...report.sections.filter(({ values }) => values.length > 0).map(sectionBlock(report)),
      ...(sentences === ''
        ? []
        : [
            {
              type: 'section',
              text: { type: 'mrkdwn', text: slackText(sentences, MAX_CHARACTERS) },
            },
          ]),
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text: `Data as of ${report.quality.as_of ?? 'never'}, ${report.timezone}`,
          },
        ],
      },
    ],
  };
}

const sectionBlock =
  ({ currency }: ExecutiveReport) =>
  ({ title, values }: ReportSection) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: `*${slackText(title, MAX_CHARACTERS)}*` },
    fields: values.slice(0, MAX_FIELDS).map(({ metric, label, value, unit, change }) => {
      const text = value === null ? '–' : tell(new Decimal(value), unit, currency, metric);
      const moved = change === null ? '' : ` (${percent(change, true)})`;
      return { type: 'mrkdwn', text: `${slackText(label, MAX_CHARACTERS)}\n*${text}*${moved}` };
    }),
  });
