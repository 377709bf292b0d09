/** The configured receivers of notifications, and how each is reached. */
import type { Clock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import { Outbound } from '../../platform/outbound/outbound.js';
import { signedHeaders } from '../../platform/outbound/signature.js';
import {
  CHANNELS,
  deliveryId,
  pagerdutyBody,
  slackBody,
  webhookBody,
  type AlertEvent,
  type Channel,
  type ToldAlert,
} from './payloads.js';

export type ChannelConfig = Pick<
  AppConfig,
  | 'alertWebhookUrl'
  | 'alertWebhookSecret'
  | 'alertSlackUrl'
  | 'alertPagerdutyKey'
  | 'alertPagerdutyUrl'
  | 'allowPrivateWebhooks'
>;

export class Channels {
  private readonly outbound: Outbound;

  constructor(
    private readonly config: ChannelConfig,
    private readonly clock: Clock,
  ) {
    this.outbound = new Outbound(config);
  }

  /** Those that are configured. */
  names(): Channel[] {
    const { alertWebhookUrl, alertSlackUrl, alertPagerdutyKey } = this.config;
    const keys = { webhook: alertWebhookUrl, slack: alertSlackUrl, pagerduty: alertPagerdutyKey };
    return CHANNELS.filter((channel) => keys[channel] !== undefined);
  }

  /** Tells one receiver. Throws {@link Undelivered}. */
  async tell(
    channel: Channel,
    alert: ToldAlert,
    event: AlertEvent,
    signal?: AbortSignal,
  ): Promise<void> {
    const { url, body, secret } = this.message(channel, alert, event);
    const text = JSON.stringify(body);
    const headers = {
      'x-cartograph-delivery': deliveryId(alert, event),
      ...(secret ? signedHeaders(secret, text, this.clock.now()) : {}),
    };
    await this.outbound.post({ url, body: text, headers, ...(signal ? { signal } : {}) });
  }

  private message(channel: Channel, alert: ToldAlert, event: AlertEvent) {
    const { alertWebhookUrl, alertWebhookSecret, alertSlackUrl } = this.config;
    const { alertPagerdutyUrl, alertPagerdutyKey } = this.config;
    const messages: Record<Channel, () => { url: string; body: object; secret?: string }> = {
      webhook: () => ({
        url: alertWebhookUrl!,
        body: webhookBody(alert, event),
        ...(alertWebhookSecret ? { secret: alertWebhookSecret } : {}),
      }),
      slack: () => ({ url: alertSlackUrl!, body: slackBody(alert, event) }),
      pagerduty: () => ({
        url: alertPagerdutyUrl,
        body: pagerdutyBody(alert, event, alertPagerdutyKey!),
      }),
    };
    return messages[channel]();
  }
}
