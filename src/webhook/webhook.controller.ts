import { Controller, Headers, HttpCode, Inject, Logger, Post, Req } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Receipt } from '../action/action.intake.js';
import { ActionStore } from '../action/action.store.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { OverloadedError } from '../database/group.commit.js';
import { webhooksRejected } from '../metrics/metrics.js';
import { Problem } from '../problem/problem.js';
import { isUnavailable } from '../problem/unavailable.js';
import { inWebhookSpan } from '../tracing/webhook.span.js';
import { NotAnEvent, parseEvent, type WebhookEvent } from './event.js';
import { incomingOf } from './incoming.js';
import { isSigned } from './signature.js';

const ACCEPTED = 202;
const RETRY_AFTER_SECONDS = '5';

/** Takes Vercel's webhooks: checks who sent them, makes them durable, answers. Nothing slow happens in the request. */
@ApiTags('webhooks')
@Controller('webhooks/vercel')
export class WebhookController {
  private readonly logger = new Logger(WebhookController.name);

  constructor(
    private readonly store: ActionStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @HttpCode(ACCEPTED)
  @ApiExcludeEndpoint()
  async receive(
    @Req() request: FastifyRequest,
    @Headers('x-vercel-signature') signature: string | undefined,
  ): Promise<Receipt> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isSigned(body, signature, this.config.vercel.clientSecrets)) throw this.unsigned(signature);
    return inWebhookSpan(request, ACCEPTED, () => this.record(body));
  }

  private async record(body: Buffer): Promise<Receipt> {
    const { text, event } = this.parse(body);
    try {
      return await this.store.receive(incomingOf(text, event, this.config.actions));
    } catch (error) {
      throw notDurable(error);
    }
  }

  private unsigned(signature: string | undefined): Problem {
    webhooksRejected.inc({ reason: signature === undefined ? 'unsigned' : 'wrong-signature' });
    const what = signature === undefined ? 'is missing' : 'does not match the body';
    return new Problem('invalid-signature', `x-vercel-signature ${what}`);
  }

  private parse(body: Buffer): { text: string; event: WebhookEvent } {
    try {
      return parseEvent(body);
    } catch (error) {
      if (!(error instanceof NotAnEvent)) throw error;
      webhooksRejected.inc({ reason: 'not-an-event' });
      this.logger.warn(`a signed webhook was refused: ${error.message}`);
      throw new Problem('invalid-event', error.message, { cause: error });
    }
  }
}

function notDurable(error: unknown): unknown {
  if (!(error instanceof OverloadedError) && !isUnavailable(error)) return error;
  const headers = { 'retry-after': RETRY_AFTER_SECONDS };
  const detail = 'the webhook cannot be made durable right now; send it again';
  return new Problem('unavailable', detail, { headers, cause: error });
}
