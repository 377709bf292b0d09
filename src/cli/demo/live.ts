/** A trickle of live traffic while the demo serves. */
import { liveTraffic } from '../shop/live-traffic.js';
import { postBatch } from './post.js';

const PAUSE_MS = 700;

/** Posts an event at a time until stopped; a failed post is left to the next one. */
export function playLiveTraffic(url: string, writeKey: string): { stop: () => void } {
  const now = () => new Date();
  const events = liveTraffic(Math.floor(Date.now() / 1000), now);
  let isStopped = false;
  const timer = setInterval(() => {
    const next = events.next();
    if (isStopped || next.done) return;
    postBatch(url, writeKey, [next.value]).catch(() => undefined);
  }, PAUSE_MS);
  const stop = () => {
    isStopped = true;
    clearInterval(timer);
  };
  return { stop };
}
