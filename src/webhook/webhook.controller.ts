import { Controller, Headers, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Receipt } from '../action/intake.js';
import { ActionStore } from '../action/action-store.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { isUnavailable } from '../errors/database-error.js';
import { isLogged, logEvent } from '../log/log.js';
import {
  webhookDuration,
  webhooks,
  webhooksRejected,
  type WebhookResult,
  type WebhookType,
} from '../metrics/definitions/intake.js';
import { Problem } from '../http/problems/problem.js';
import { inWebhookSpan } from '../tracing/webhook-span.js';
import { NotAnEvent, parseEvent, type WebhookEvent } from './webhook-event.js';
import { receivedWebhookOf } from './received-webhook.js';
import { RejectedWebhooks } from './rejected-webhooks.js';
import { isSigned } from './signature.js';

const ACCEPTED = 202;
const RETRY_AFTER_SECONDS = '5';

/** Takes Vercel's webhooks: checks who sent them, makes them durable, answers. Nothing slow happens in the request. */
@ApiTags('webhooks')
@Controller('webhooks/vercel')
export class WebhookController {
  constructor(
    private readonly store: ActionStore,
    private readonly refusals: RejectedWebhooks,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @HttpCode(ACCEPTED)
  @ApiExcludeEndpoint()
  async receive(
    @Req() request: FastifyRequest,
    @Headers('x-vercel-signature') signature: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Receipt> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isSigned(body, signature, this.config.vercel.clientSecrets)) throw this.refused(body, signature);
    return inWebhookSpan(request, ACCEPTED, () => this.record(body, reply));
  }

  private async record(body: Buffer, reply: FastifyReply): Promise<Receipt> {
    const { text, event } = this.parse(body);
    const type = event.kind === 'action' ? event.operation : 'other';
    try {
      const receipt = await this.store.receive(receivedWebhookOf(text, event, this.config.actions));
      count(type, receipt.result, reply);
      if (isLogged('debug')) logEvent('webhook', wordsOf(event, receipt));
      return receipt;
    } catch (error) {
      const problem = notDurable(error);
      count(type, problem === error ? 'failed' : 'unavailable', reply);
      throw problem;
    }
  }

  private refused(body: Buffer, signature: string | undefined): Problem {
    void this.refusals.note(body, signature);
    const what = signature === undefined ? 'is missing' : 'does not match the body';
    return new Problem('invalid-signature', `x-vercel-signature ${what}`);
  }

  private parse(body: Buffer): { text: string; event: WebhookEvent } {
    try {
      return parseEvent(body);
    } catch (error) {
      if (!(error instanceof NotAnEvent)) throw error;
      webhooksRejected.inc({ reason: 'not-an-event' });
      logEvent('webhook-refused', { error: error.message });
      throw new Problem('invalid-event', error.message, { cause: error });
    }
  }
}

function notDurable(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  const headers = { 'retry-after': RETRY_AFTER_SECONDS };
  const detail = 'the webhook cannot be made durable right now; send it again';
  return new Problem('unavailable', detail, { headers, cause: error });
}

/** Once it is known what came of it: the answer leaves within the same turn of the event loop. */
function count(type: WebhookType, result: WebhookResult, { elapsedTime }: FastifyReply): void {
  webhooks.inc({ type, result });
  webhookDuration.observe({ result }, elapsedTime / 1000);
}

function wordsOf(event: WebhookEvent, { delivery: deliveryId, result }: Receipt) {
  const { id: eventId, type } = event;
  const about = { deliveryId, eventId, type, result };
  if (event.kind !== 'action') return about;
  const { installationId, resourceId, deploymentId, action } = event;
  return { ...about, installationId, resourceId, deploymentId, action };
}
