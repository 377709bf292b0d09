/** What Slack's incoming webhooks want of every text. */

/** Slack's own three characters. */
export function slackText(text: string, maxCharacters: number): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .slice(0, maxCharacters);
}
