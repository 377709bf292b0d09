/** What the steps hand to one another: an event on its way, or its rejection with the reasons. */
import type { ErrorCode } from '../../contracts/errors.js';
import type { JsonObject, JsonValue } from '../../contracts/json.js';
import type { Original } from '../privacy/protect.js';
import type { EventTime } from './steps/clock-skew.js';
import type { Device } from './steps/device.js';

/** The facts of one HTTP request that its events share. */
export interface RequestFacts {
  receivedAt: Date;
  headers: Record<string, string | string[] | undefined>;
  /** Used to look the country up, never stored. */
  ip: string;
  sentAt: JsonValue | undefined;
}

/** What the enrich step finds out about an event. */
export interface Facts extends Device {
  time: EventTime;
  country: string;
  is_bot: boolean;
  channel: string;
  /** The ad click in the page's URL, e.g. gclid and its value; both empty without one. */
  click: { name: string; id: string };
  referrerHost: string;
  utm: Record<'source' | 'medium' | 'campaign' | 'term' | 'content', string>;
}

export interface Reason {
  code: string;
  path: string;
  message: string;
}

/** An event as the steps build it up, left to right. */
export interface CollectedEvent {
  body: JsonObject;
  facts: Facts;
  originals: Original[];
  contract: string;
  contractVersion: number;
}

export interface RejectedEvent {
  body: JsonValue;
  originals: Original[];
  contract: string;
  reasons: Reason[];
  /** Null where the event was rejected before they were known. */
  facts: Facts | null;
}

export type Outcome =
  { outcome: 'ok'; event: CollectedEvent } | { outcome: 'rejected'; event: RejectedEvent };

/** Why an event cannot be taken; for a request of one event it is the answer. */
export interface EventProblem {
  code: ErrorCode;
  detail: string;
}

export interface Acknowledgement {
  success: true;
  accepted: number;
  rejected: number;
  duplicates: number;
}

/** What would become of an event, and why. */
export interface Examination {
  index: number;
  outcome: 'accepted' | 'rejected';
  contract: string;
  reasons: Reason[];
}
