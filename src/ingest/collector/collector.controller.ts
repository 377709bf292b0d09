/** The collector's HTTP surface: hands each call to the ordered steps of pipeline.ts. */
import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/auth/access.js';
import { Clock } from '../../platform/clock/clock.js';
import { ContractRegistry } from './contract-registry.js';
import { Collector } from './pipeline.js';
import type { Acknowledgement } from './outcome.js';
import type { Call } from './steps/parse.js';

/** The Segment HTTP Tracking API. Public to the guard: the collector checks write keys itself. */
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

  @Post('track')
  @HttpCode(200)
  @ApiOperation({ summary: 'One event: what a person did.' })
  track(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('track', request, body);
  }

  @Post('page')
  @HttpCode(200)
  @ApiOperation({ summary: 'One page view.' })
  page(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('page', request, body);
  }

  @Post('identify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Who a person is.' })
  identify(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('identify', request, body);
  }

  @Post('batch')
  @HttpCode(200)
  @ApiOperation({ summary: '1 to 2,500 events; a bad one never fails the others.' })
  batch(@Req() request: FastifyRequest, @Body() body: unknown) {
    return this.collect('batch', request, body);
  }

  @Get('contracts')
  @ApiOperation({ summary: 'The contracts that events are validated against.' })
  listContracts() {
    return { data: this.contracts.list() };
  }

  private collect(call: Call, request: FastifyRequest, body: unknown): Promise<Acknowledgement> {
    return this.collector.collect({
      call,
      body,
      bodyBytes: Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY),
      authorization: request.headers.authorization,
      facts: { receivedAt: this.clock.now(), headers: request.headers, ip: request.ip },
    });
  }
}
