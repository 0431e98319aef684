/**
 * The rules that keep the design safe (docs/architecture.md, "The state machine"), one switch each. The model
 * holds with all of them; model.spec.ts switches each one off and expects the counterexample. The run loop is
 * the real one, so a rule is switched off where the loop meets the model: in what the repository guards, in
 * what the ports answer, or in what comes from outside.
 */
export interface Rules {
  /**
   * `reporting` or `failing` is committed before Vercel gets the report. Off: the report is sent first.
   */
  readonly verdictFirst: boolean;
  /** A closing or closed allocation is never opened again. Off: the next start takes the old one over. */
  readonly neverReopened: boolean;
  /**
   * One transaction finds that an action is the last holder and makes the allocation `closing`. Off: two do.
   */
  readonly holdIsReleasedAtOnce: boolean;
  /** Only the last holder deprovisions. Off: the first one that releases its hold does. */
  readonly onlyLastHolderDeprovisions: boolean;
  /**
   * Every way to `failed`, `canceled` and `released` goes through deprovision. Off: they are reached at once.
   */
  readonly deprovisionBeforeRest: boolean;
  /** `gone` counts only when no unsettled provision call may still land. Off: the first `gone` counts. */
  readonly quietGone: boolean;
  /**
   * Whether such a call is left is asked before deprovision is called. Off: once it has answered, when it may
   * have landed.
   */
  readonly quietAskedFirst: boolean;
  /**
   * A retried action begins only when its own unsettled calls are over. Off: its row forgets which allocation
   * they aim at.
   */
  readonly beginWhenQuiet: boolean;
  /** Credentials of an allocation never change while it lives. Off: each provision call issues new ones. */
  readonly stableCredentials: boolean;
  /** Every write of a worker names the attempt it claimed. Off: an overtaken worker writes on. */
  readonly fencing: boolean;
  /** Every write of a worker names the state it saw. Off: it writes over what came meanwhile. */
  readonly guardedState: boolean;
  /**
   * The state change and the job that acts on it are one transaction. Off: a crash in between loses the job.
   */
  readonly jobInTransaction: boolean;
  /** A cancel or cleanup that overtakes its start leaves a row. Off: it is dropped. */
  readonly earlyEndLeavesRow: boolean;
  /** An event without an entry in the table changes nothing. Off: a late start restarts any action. */
  readonly noEntryNoChange: boolean;
  /**
   * An operator's cancel is the verdict `failed`, which Vercel receives. Off: the action ends as if Vercel
   * had canceled it.
   */
  readonly cancelIsAVerdict: boolean;
  /** An operator cannot cancel after the verdict `succeeded`. Off: the cancel reverses the verdict. */
  readonly cancelBeforeReporting: boolean;
  /**
   * A retry is accepted only while Vercel waits and has no verdict. Off: every failed action may be retried.
   */
  readonly retryOnlyUnheard: boolean;
  /**
   * A lost answer to `failed`, or a crash of the worker, counts as received. Off: it counts as not received.
   */
  readonly lostCountsAsHeard: boolean;
  /** No allocation is begun for a deployment that Vercel has settled. Off: Vercel does not say so. */
  readonly settledMakesNothing: boolean;
  /** `failing` releases its hold after any answer to `failed`. Off: a refusal stops it. */
  readonly failingAlwaysReleases: boolean;
  /**
   * At most one job of an action runs at a time. This one serves speed, not safety: fencing alone carries the
   * invariants, which the spec shows by switching it off.
   */
  readonly oneJobPerAction: boolean;
}

export const ALL_RULES: Rules = {
  verdictFirst: true,
  neverReopened: true,
  holdIsReleasedAtOnce: true,
  onlyLastHolderDeprovisions: true,
  deprovisionBeforeRest: true,
  quietGone: true,
  quietAskedFirst: true,
  beginWhenQuiet: true,
  stableCredentials: true,
  fencing: true,
  guardedState: true,
  jobInTransaction: true,
  earlyEndLeavesRow: true,
  noEntryNoChange: true,
  cancelIsAVerdict: true,
  cancelBeforeReporting: true,
  retryOnlyUnheard: true,
  lostCountsAsHeard: true,
  settledMakesNothing: true,
  failingAlwaysReleases: true,
  oneJobPerAction: true,
};

export const without = (...rules: (keyof Rules)[]): Rules => ({
  ...ALL_RULES,
  ...Object.fromEntries(rules.map((rule) => [rule, false])),
});
