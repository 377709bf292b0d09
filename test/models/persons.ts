/** What the specs of identities share: events that name persons, and views of who is who. */
import type { BronzeEvent } from '../support/pipeline.js';
import { of } from './behaviour.js';

export const IDENTITIES = {
  /** From when on, the customer, and the ids by which events name him. */
  identities: `
    select visitor_id, if(valid_from = 0, '', substring(toString(valid_from), 9, 8)), customer_id,
      arrayStringConcat(user_ids, ' ')
    from silver.identities order by visitor_id, valid_from`,
  aliases: 'select user_id, customer_id from silver.aliases order by user_id',
  orders: 'select order_id, customer_id from silver.orders order by order_id',
} as const;

export const order = (id: string, visitor: string, at: string, user = ''): BronzeEvent =>
  of(visitor).track('Order Completed')(id, at, {
    ...{ user, source: 'web', properties: { order_id: id, total: 10 } },
  });
/** The browser says who its visitor is. */
export const login = (visitor: string, user: string, at: string): BronzeEvent =>
  of(visitor).track('Signed In')(`${user}-${at}`, at, { user, source: 'web' });
export const identify = (visitor: string, user: string, at: string): BronzeEvent =>
  of(visitor).page(`${user}-${at}`, at, { call: 'identify', user, source: 'web' });
/** A server says that two ids are one person; a browser says so with its own anonymous id. */
export const alias = (previousId: string, user: string, at: string, visitor = ''): BronzeEvent =>
  of(visitor).page(`${previousId}-${user}-${at}`, at, {
    ...{ call: 'alias', user, previousId, source: 'web' },
  });
