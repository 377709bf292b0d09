/** Liveness, readiness and metrics of the service itself; open to all. */
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../platform/auth/access.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
@Controller()
@Public()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('healthz')
  @ApiOperation({ summary: 'The process lives.' })
  live() {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Each store by name; 503 if one that is needed does not answer.' })
  async ready(@Res() reply: FastifyReply) {
    const readiness = await this.health.readiness();
    void reply.status(readiness.status === 'ready' ? 200 : 503).send(readiness);
  }

  @Get('metrics')
  @ApiOperation({ summary: 'Prometheus metrics of the service.' })
  async metrics(@Res() reply: FastifyReply) {
    const { contentType, text } = await this.health.metrics();
    void reply.header('content-type', contentType).send(text);
  }
}
