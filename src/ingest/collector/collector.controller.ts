/** The collector's HTTP surface: hands each call to the ordered steps of pipeline.ts. */
import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/auth/access.js';
import { Clock } from '../../platform/clock/clock.js';
import { ContractRegistry } from './contract-registry.js';
import { Collector, type CollectCall } from './pipeline.js';
import type { Acknowledgement } from './outcome.js';
import { isObject, type Call } from './steps/parse.js';

/**
 * The Segment HTTP Tracking API, each path also by the one letter that browsers' SDKs use. Public
 * to the guard: the collector checks write keys itself.
 */
@ApiTags('collector')
@ApiBasicAuth()
@Controller('v1')
@Public()
export class CollectorController {
  constructor(
    private readonly collector: Collector,
    private readonly contracts: ContractRegistry,
    private readonly clock: Clock,
  ) {}

  @Post(['track', 't'])
  @HttpCode(200)
  @ApiOperation({ summary: 'One event: what a person did.' })
  track(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('track', request, body);
  }

  @Post(['page', 'p'])
  @HttpCode(200)
  @ApiOperation({ summary: 'One page view.' })
  page(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('page', request, body);
  }

  @Post(['screen', 's'])
  @HttpCode(200)
  @ApiOperation({ summary: 'One screen of an app seen.' })
  screen(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('screen', request, body);
  }

  @Post(['identify', 'i'])
  @HttpCode(200)
  @ApiOperation({ summary: 'Who a person is.' })
  identify(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('identify', request, body);
  }

  @Post(['group', 'g'])
  @HttpCode(200)
  @ApiOperation({ summary: 'The company or account that a person belongs to.' })
  group(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('group', request, body);
  }

  @Post(['alias', 'a'])
  @HttpCode(200)
  @ApiOperation({ summary: 'Two ids of one person.' })
  alias(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('alias', request, body);
  }

  @Post(['batch', 'b'])
  @HttpCode(200)
  @ApiOperation({ summary: '1 to 2,500 events; a bad one never fails the others.' })
  batch(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('batch', request, body);
  }

  @Post('events')
  @HttpCode(200)
  @ApiConsumes('application/x-ndjson')
  @ApiOperation({
    summary: 'Up to 20,000 events, one JSON object a line; a bad one never fails the others.',
  })
  events(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('lines', request, body);
  }

  @Post('validate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'A dry run of an event or a batch: what would be rejected, and every reason.',
  })
  async validate(@Req() request: FastifyRequest, @Body() body: unknown) {
    // What stands beside a batch is the request's; of a single event these two are.
    const batch =
      isObject(body) && !('batch' in body)
        ? { batch: [body], writeKey: body['writeKey'], sentAt: body['sentAt'] }
        : body;
    return { data: await this.collector.examine(this.callOf('batch', request, batch)) };
  }

  @Get('contracts')
  @ApiOperation({ summary: 'The contracts that events are validated against.' })
  listContracts() {
    return { data: this.contracts.list() };
  }

  private collect(call: Call, request: FastifyRequest, body: unknown): Promise<Acknowledgement> {
    return this.collector.collect(this.callOf(call, request, body));
  }

  private callOf(call: Call, request: FastifyRequest, body: unknown): CollectCall {
    return {
      call,
      body,
      bodyBytes: request.bodyBytes,
      authorization: request.headers.authorization,
      facts: { receivedAt: this.clock.now(), headers: request.headers, ip: request.ip },
    };
  }
}
