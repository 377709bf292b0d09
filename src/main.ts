/** Starts the service and stops it in order. Imported by the command line and the tests. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Runner, Schedules } from './analytics/index.js';
import { AppModule } from './app.module.js';
import { BronzeWriter } from './ingest/index.js';
import { documentRestApi } from './openapi.js';
import type { AppConfig } from './platform/config/config.js';
import { writeServiceFile } from './platform/data-dir.js';
import { MAX_REQUEST_BYTES, parseJsonBody } from './platform/http/json-body.js';
import { observeRequests } from './platform/http/observe-requests.js';
import { NestLogger } from './platform/logging/logger.js';
import { openPlatform, type Platform } from './platform/platform.js';

export interface Service {
  url: string;
  platform: Platform;
  app: NestFastifyApplication;
  /** Stops accepting, drains, flushes, closes the stores. Safe to call twice. */
  stop: () => Promise<void>;
}

/** Opens the stores, leads the pipeline if nobody does, and listens. */
export async function startService(config: AppConfig): Promise<Service> {
  const platform = await openPlatform(config);
  let app: NestFastifyApplication | null = null;
  try {
    app = await createApp(platform);
    await app.get(Runner).lead();
    await app.listen(config.port, config.host);
    const url = addressOf(app, config.host);
    writeServiceFile(config.dataDir, { url, pid: process.pid, token: platform.localToken });
    platform.logger.info({ url }, 'The service is ready.');
    return { url, platform, app, stop: once(stopService.bind(null, app, platform)) };
  } catch (error) {
    await app?.close().catch(() => undefined);
    await platform.close();
    throw error;
  }
}

/** The HTTP application on an opened platform, not yet listening. */
export async function createApp(platform: Platform): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_REQUEST_BYTES,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 200 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.create(platform),
    adapter,
    { bodyParser: false, abortOnError: false, logger: new NestLogger(platform.logger) },
  );
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  acceptJsonOnly(fastify);
  observeRequests(fastify, platform.telemetry, platform.logger);
  documentRestApi(app);
  await app.init();
  return app;
}

/** One parser for every body: bounded, UTF-8, JSON. Any other content type is a 415. */
function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}

async function stopService(app: NestFastifyApplication, platform: Platform): Promise<void> {
  platform.logger.info('The service is stopping.');
  app.get(Schedules).stop();
  await app.close();
  await app.get(Runner).stop();
  await app.get(BronzeWriter, { strict: false }).drain();
  await platform.close();
  platform.logger.info('The service has stopped.');
}

function addressOf(app: NestFastifyApplication, host: string): string {
  const address: unknown = app.getHttpServer().address();
  const port = (address as { port: number }).port;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => (running ??= work());
}
