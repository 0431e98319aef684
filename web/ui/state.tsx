import type { State } from '../../src/state-machine/action-state.js';

/** How good a state is. Every tone has a colour, and a text says the same. */
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

/** A state of an action or an allocation: a coloured dot and the state's name. */
export function StateMark({ state }: { state: keyof typeof TONES }) {
  return <Mark tone={TONES[state]}>{state}</Mark>;
}

export function Mark({ tone, children }: { tone: Tone; children: string }) {
  return <span class={`mark ${tone}`}>{children}</span>;
}
