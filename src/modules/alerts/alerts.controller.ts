/** REST of alerts, for operators and the command line. */
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { ALERT_STATES, AlertsService, type AlertState } from './alerts.service.js';

@ApiTags('alerts')
@ApiBearerAuth()
@Controller('api/v1/alerts')
@RequireScope('pipelines:run', 'admin')
export class AlertsController {
  constructor(private readonly alerts: AlertsService) {}

  @Get()
  @ApiOperation({
    summary: 'The newest 200 alerts, newest first, and how far each notification is.',
  })
  @ApiQuery({
    name: 'state',
    description: 'Default: open.',
    required: false,
    enum: ALERT_STATES,
  })
  async list(@Query() query: Record<string, unknown>) {
    return { data: await this.alerts.list(readState(query)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One alert: what is wrong, since when, what to do, who was told.' })
  async find(@Param('id') id: string) {
    return { data: await this.alerts.find(id) };
  }

  @Post('test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a test notification to every configured channel, and say how.' })
  async test() {
    return { data: await this.alerts.test() };
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Note that the caller takes care of an open alert.' })
  async acknowledge(@Param('id') id: string, @CurrentCaller() { name }: Caller) {
    return { data: await this.alerts.acknowledge(id, name) };
  }
}

function readState({ state, ...rest }: Record<string, unknown>): AlertState {
  if (Object.keys(rest).length > 0) {
    throw new CodedError('unknown_parameter', 'The parameter known here is `state`.');
  }
  if (state === undefined) return 'open';
  const known = ALERT_STATES.find((one) => one === state);
  if (known) return known;
  throw new CodedError('invalid_parameter', `\`state\` is one of ${ALERT_STATES.join(', ')}.`);
}
