/**
 * The checks of the conformance kit by name, in their order. checks-answer.ts checks every single answer
 * besides.
 */
import { ABORT } from './checks-abort.js';
import { FINAL, LIFECYCLE } from './checks-lifecycle.js';
import { SHAPE } from './checks-shape.js';
import { CONCURRENCY } from './checks-concurrency.js';
import type { Checks } from './check-context.js';

export const CHECKS: Checks = { ...SHAPE, ...LIFECYCLE, ...CONCURRENCY, ...ABORT, ...FINAL };
