/** Text as it may stand in a page: reports of every kind are rendered with it. Pure. */
const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const text = (value: string) =>
  value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
