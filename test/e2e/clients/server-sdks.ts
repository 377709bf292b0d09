/** The SDKs of servers behind one face: make a call, and send all that was made. */
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics as SegmentAnalytics } from '@segment/analytics-node';
import type { Delivered, Made } from './calls.js';

export interface ServerSdk {
  make(made: Made): void;
  /** Answers when all is delivered; rejects if the SDK gave up. */
  deliver(): Promise<Delivered>;
}

/** Small, so that a phase is several requests. */
const FLUSH_AT = 3;
/** Its delays double from half a second, so the last would come after minutes. */
const RETRIES = 10;
const DELIVERY_MS_MAX = 60_000;

/** Segment's own ids of its messages are learnt from its callbacks. */
export function segmentSdk(url: string, writeKey: string): ServerSdk {
  const analytics = new SegmentAnalytics({
    ...{ host: url, writeKey, flushAt: FLUSH_AT, maxRetries: RETRIES },
    flushInterval: 100,
  });
  const delivered: Delivered = new Map();
  const failures: unknown[] = [];
  return {
    make: (made) => {
      const { call, given, ...ids } = made;
      const message = { ...ids, ...given } as Parameters<SegmentAnalytics['track']>[0] &
        Parameters<SegmentAnalytics['group']>[0] &
        Parameters<SegmentAnalytics['alias']>[0];
      analytics[call](message, (error, context) => {
        if (error) failures.push(error);
        delivered.set(String(context?.event.messageId), made);
      });
    },
    deliver: async () => {
      await analytics.flush({ timeout: DELIVERY_MS_MAX });
      if (failures.length > 0) throw failures[0];
      return delivered;
    },
  };
}

/** RudderStack's callbacks do not name the message, so each is given its id. */
export function rudderSdk(
  url: string,
  writeKey: string,
  { gzip, name }: { gzip: boolean; name: string },
): ServerSdk {
  const failures: unknown[] = [];
  const delivered: Delivered = new Map();
  const pending: Promise<void>[] = [];
  const analytics = new RudderAnalytics(writeKey, {
    ...{ dataPlaneUrl: url, gzip, logLevel: 'none', flushAt: FLUSH_AT, retryCount: RETRIES },
    flushInterval: 100,
    errorHandler: (error: unknown) => void failures.push(error),
  });
  return {
    make: (made) => {
      const { call, given, ...ids } = made;
      const messageId = `${name}-${delivered.size + pending.length}`;
      const message = { ...ids, ...given, messageId } as unknown as Parameters<
        RudderAnalytics['track']
      >[0] &
        Parameters<RudderAnalytics['group']>[0] &
        Parameters<RudderAnalytics['alias']>[0] &
        Parameters<RudderAnalytics['screen']>[0];
      const isDelivered = new Promise<void>((resolve) => {
        analytics[call](message, () => {
          delivered.set(messageId, made);
          resolve();
        });
      });
      pending.push(isDelivered);
    },
    deliver: async () => {
      await Promise.all(pending.splice(0));
      if (failures.length > 0) throw failures[0];
      return delivered;
    },
  };
}
