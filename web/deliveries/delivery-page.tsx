import { useRoute } from 'preact-iso';
import type { DeliveryDetail } from '../../src/api/deliveries/delivery-detail.js';
import { ActionField } from '../action/action-fields.js';
import { useAnswer } from '../api/use-answer.js';
import { Ago } from '../ui/ago.js';
import { CopyButton } from '../ui/copy.js';
import { Loading, ProblemNotice } from '../ui/notice.js';
import { place, withQuery } from '../ui/place.js';
import { Mark, type Tone } from '../ui/state.js';
import { useTitle } from '../ui/title.js';
import { prettyBody } from './body.js';
import { Replay } from './replay.js';

const TONES: Record<DeliveryDetail['verdict'], Tone> = {
  moved: 'good',
  'no-effect': 'busy',
  noted: 'quiet',
  ignored: 'quiet',
};

const EFFECTS: Record<DeliveryDetail['verdict'], string> = {
  moved: 'This event changed an action',
  'no-effect': 'This event changed nothing',
  noted: 'This event changed no action',
  ignored: 'This event was ignored',
};

/** One webhook as received, with its effect. */
export function DeliveryPage() {
  const id = useRoute().params['id'] ?? '';
  useTitle('Delivery');
  const { data, problem, refresh } = useAnswer<DeliveryDetail>(`/deliveries/${encodeURIComponent(id)}`);
  return (
    <>
      {data === null && <h1>Delivery</h1>}
      {problem && <ProblemNotice problem={problem} retry={refresh} />}
      {data === null && problem === null && <Loading what="the delivery" />}
      {data && <Content delivery={data} changed={refresh} />}
    </>
  );
}

function Content({ delivery, changed }: { delivery: DeliveryDetail; changed: () => void }) {
  const { verdict, explanation, actionId } = delivery;
  return (
    <>
      <div class="title">
        <h1>
          Delivery <span class="id">{delivery.eventId}</span>
        </h1>
        <Mark tone={TONES[verdict]}>{verdict}</Mark>
      </div>
      <section class={`cause ${TONES[verdict]}`} aria-label="Effect">
        <p class="sentence">
          {verdict === 'moved'
            ? `${EFFECTS.moved} (${explanation}).`
            : `${EFFECTS[verdict]}: ${explanation}.`}
        </p>
        {actionId !== null && (
          <p>
            <a href={place.action(actionId)}>Show the action</a>
          </p>
        )}
      </section>
      <Replay id={delivery.id} changed={changed} />
      <div class="columns even">
        <Body body={delivery.body} />
        <About delivery={delivery} />
      </div>
    </>
  );
}

function Body({ body }: { body: string }) {
  return (
    <section aria-labelledby="body">
      <h2 id="body">Body</h2>
      <p class="hint">Indented for reading. The signature covers the original bytes.</p>
      <CopyButton text={body} label="Copy the original" />
      <pre tabIndex={0} aria-labelledby="body">
        {prettyBody(body)}
      </pre>
    </section>
  );
}

function About({ delivery }: { delivery: DeliveryDetail }) {
  const { deploymentId, installationId, reason, replayOf, replays } = delivery;
  return (
    <section aria-labelledby="about">
      <h2 id="about">About</h2>
      <dl class="properties">
        <ActionField name="Type">{delivery.type}</ActionField>
        <ActionField name="Deployment">
          {deploymentId === null ? (
            '–'
          ) : (
            <a href={withQuery(place.actions, { deployment: deploymentId })}>{deploymentId}</a>
          )}
        </ActionField>
        <ActionField name="Installation">
          {installationId === null ? '–' : <a href={place.installation(installationId)}>{installationId}</a>}
        </ActionField>
        <ActionField name="Resource">{delivery.resourceId ?? '–'}</ActionField>
        <ActionField name="Action">{delivery.action ?? '–'}</ActionField>
        <ActionField name="Sender">
          {reason === null ? delivery.actor : `${delivery.actor}: “${reason}”`}
        </ActionField>
        <ActionField name="Event created">
          <Ago at={delivery.eventCreatedAt} />
        </ActionField>
        <ActionField name="Received">
          <Ago at={delivery.receivedAt} />
        </ActionField>
        <ActionField name="Count">
          {delivery.times}
          {delivery.times > 1 && (
            <>
              , last <Ago at={delivery.lastReceivedAt} />
            </>
          )}
        </ActionField>
        {replayOf !== null && (
          <ActionField name="Replay of">
            <a class="id" href={place.delivery(replayOf)}>
              {replayOf}
            </a>
          </ActionField>
        )}
        {replays.map((replay) => (
          <ActionField key={replay} name="Replayed as">
            <a class="id" href={place.delivery(replay)}>
              {replay}
            </a>
          </ActionField>
        ))}
      </dl>
    </section>
  );
}
