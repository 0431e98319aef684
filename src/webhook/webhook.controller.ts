import { Controller, Headers, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ActionIntake } from '../action/intake/action-intake.repository.js';
import type { Receipt } from '../action/intake/received-webhook.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
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
import { reportOwnerElsewhere } from './other-owner-report.js';
import { receivedWebhookOf } from './event-conversion.js';
import { RejectedWebhooks } from './rejected-webhooks.js';
import { isSigned } from './signature.js';

/** The body of the answer. */
type WebhookAnswer = Pick<Receipt, 'delivery' | 'result'>;

const ACCEPTED = 202;
const RETRY_AFTER_SECONDS = '5';

/**
 * Receives Vercel's webhooks: checks the signature, stores the event, answers. The request waits for nothing
 * else.
 */
@ApiTags('webhooks')
@Controller('webhooks/vercel')
export class WebhookController {
  constructor(
    private readonly intake: ActionIntake,
    private readonly rejected: RejectedWebhooks,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @HttpCode(ACCEPTED)
  @ApiExcludeEndpoint()
  async receive(
    @Req() request: FastifyRequest,
    @Headers('x-vercel-signature') signature: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookAnswer> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isSigned(body, signature, this.config.vercel.clientSecrets)) throw this.refused(body, signature);
    return inWebhookSpan(request, ACCEPTED, () => this.record(body, reply));
  }

  private async record(body: Buffer, reply: FastifyReply): Promise<WebhookAnswer> {
    const { text, event } = this.parse(body);
    const type = event.kind === 'action' ? event.operation : 'other';
    try {
      const receipt = await this.intake.receive(receivedWebhookOf(text, event, this.config.actions));
      const { delivery, result } = receipt;
      count(type, result, reply);
      reportOwnerElsewhere(event, receipt);
      if (isLogged('debug')) logEvent('webhook', fieldsOf(event, receipt));
      return { delivery, result };
    } catch (error) {
      const problem = notDurable(error);
      count(type, problem === error ? 'failed' : 'unavailable', reply);
      throw problem;
    }
  }

  private refused(body: Buffer, signature: string | undefined): Problem {
    void this.rejected.note(body, signature);
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
  const detail = 'the webhook cannot be stored right now; send it again';
  return new Problem('unavailable', detail, { headers, cause: error });
}

/** Counts a webhook once its result is known. The answer is sent in the same turn of the event loop. */
function count(type: WebhookType, result: WebhookResult, { elapsedTime }: FastifyReply): void {
  webhooks.inc({ type, result });
  webhookDuration.observe({ result }, elapsedTime / 1000);
}

function fieldsOf(event: WebhookEvent, { delivery: deliveryId, result }: Receipt) {
  const { id: eventId, type } = event;
  const about = { deliveryId, eventId, type, result };
  if (event.kind !== 'action') return about;
  const { installationId, resourceId, deploymentId, action } = event;
  return { ...about, installationId, resourceId, deploymentId, action };
}
