/** The key by which spellings of an event's name are one: `order_completed` is `Order Completed`. */
export function eventKey(name: string): string {
  return name
    .replace(/[\s_]+/g, ' ')
    .trim()
    .toLowerCase();
}
