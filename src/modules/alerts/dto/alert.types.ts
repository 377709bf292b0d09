/** The GraphQL types of alerts. */
import { ArgsType, Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { describing, enumOf } from '../../metrics/graphql-types.js';
import { ALERT_STATES, type AlertState } from '../alerts.service.js';
import { ALERT_KINDS, SEVERITIES, type AlertKind, type Severity } from '../kinds.js';
import { CHANNELS, type Channel } from '../payloads.js';

const nullable = { nullable: true } as const;
const KINDS = Object.keys(ALERT_KINDS) as AlertKind[];

const AlertStateEnum = enumOf(ALERT_STATES);
registerEnumType(AlertStateEnum, {
  name: 'AlertState',
  description: 'Which alerts are wanted.',
  valuesMap: describing({ open: 'Wrong now.', resolved: 'Over.', all: 'Both.' }),
});

const AlertKindEnum = enumOf(KINDS);
registerEnumType(AlertKindEnum, {
  name: 'AlertKind',
  description: 'What can be wrong.',
  valuesMap: describing(
    Object.fromEntries(KINDS.map((kind) => [kind, ALERT_KINDS[kind].description])),
  ),
});

const SeverityEnum = enumOf(SEVERITIES);
registerEnumType(SeverityEnum, {
  name: 'AlertSeverity',
  description: 'How grave it is.',
  valuesMap: describing({
    critical: 'Data is being lost or does not arrive.',
    error: 'Numbers stand still.',
    warning: 'Numbers are late or less good than they should be.',
  }),
});

const ChannelEnum = enumOf(CHANNELS);
registerEnumType(ChannelEnum, {
  name: 'AlertChannel',
  description: 'Who is told.',
  valuesMap: describing({
    webhook: 'ALERT_WEBHOOK_URL.',
    slack: 'ALERT_SLACK_URL.',
    pagerduty: 'The service of ALERT_PAGERDUTY_KEY.',
  }),
});

const AlertEventEnum = enumOf(['opened', 'resolved'] as const);
registerEnumType(AlertEventEnum, {
  name: 'AlertEvent',
  description: 'What is told of an alert.',
  valuesMap: describing({ opened: 'That it began.', resolved: 'That it is over.' }),
});

@ArgsType()
export class AlertArgs {
  @Field(() => AlertStateEnum, { defaultValue: 'open', description: 'Which are wanted.' })
  state!: AlertState;
}

@ObjectType('AlertDelivery', { description: 'How far one notification has come.' })
class AlertDeliveryType {
  @Field(() => ChannelEnum, { description: 'Who is told.' })
  channel!: Channel;

  @Field(() => AlertEventEnum, { description: 'What is told.' })
  event!: 'opened' | 'resolved';

  @Field(() => Int, { description: 'How often it was tried.' })
  attempts!: number;

  @Field(() => String, { ...nullable, description: 'Null while the receiver has not taken it.' })
  deliveredAt!: string | null;

  @Field(() => String, { ...nullable, description: 'Why the last attempt failed.' })
  error!: string | null;
}

@ObjectType('Alert', { description: 'Something that is or was wrong. Instants are in UTC.' })
export class AlertType {
  @Field(() => String, { description: 'Its id.' })
  id!: string;

  @Field(() => AlertKindEnum, { description: 'What is wrong.' })
  kind!: AlertKind;

  @Field(() => String, { description: 'What it is about: a model, a source, a channel.' })
  subject!: string;

  @Field(() => SeverityEnum, { description: 'How grave it is.' })
  severity!: Severity;

  @Field(() => String, { description: 'In one line.' })
  summary!: string;

  @Field(() => String, { description: 'What is known of it.' })
  detail!: string;

  @Field(() => String, { description: 'What to do.' })
  remedy!: string;

  @Field(() => String, { description: 'At most one alert of a key is open.' })
  dedupKey!: string;

  @Field(() => String, { description: 'When it was first seen.' })
  openedAt!: string;

  @Field(() => String, { description: 'When it was last seen.' })
  lastSeenAt!: string;

  @Field(() => String, { ...nullable, description: 'Null while it is open.' })
  resolvedAt!: string | null;

  @Field(() => String, { ...nullable, description: 'The name of the key that acknowledged it.' })
  acknowledgedBy!: string | null;

  @Field(() => String, { ...nullable, description: 'When it was acknowledged.' })
  acknowledgedAt!: string | null;

  @Field(() => [AlertDeliveryType], { description: 'Its notifications.' })
  deliveries!: AlertDeliveryType[];
}
