import type { State } from '../../src/state-machine/action-state.js';

/** What kind of news a state is; every tone has a colour and is never the only sign. */
export type Tone = 'good' | 'bad' | 'busy' | 'quiet';

const TONES: Record<State | 'open' | 'closing' | 'closed', Tone> = {
  queued: 'busy',
  provisioning: 'busy',
  reporting: 'busy',
  succeeded: 'good',
  failing: 'bad',
  failed: 'bad',
  canceling: 'busy',
  canceled: 'quiet',
  releasing: 'busy',
  released: 'quiet',
  open: 'good',
  closing: 'busy',
  closed: 'quiet',
};

export const toneOf = (state: State): Tone => TONES[state];

/** A state of an action or an allocation: a dot and the word. */
export function StateMark({ state }: { state: keyof typeof TONES }) {
  return <Mark tone={TONES[state]}>{state}</Mark>;
}

export function Mark({ tone, children }: { tone: Tone; children: string }) {
  return <span class={`mark ${tone}`}>{children}</span>;
}
