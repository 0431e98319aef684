/** The checks of the conformance kit by name: one promise each, in this order. What holds for every single answer is in promises.ts. */
import { ABORT } from './checks-abort.js';
import { LEFTOVERS, LIFE } from './checks-life.js';
import { SHAPE } from './checks-shape.js';
import { TOGETHER } from './checks-together.js';
import type { Checks } from './world.js';

export const CHECKS: Checks = { ...SHAPE, ...LIFE, ...TOGETHER, ...ABORT, ...LEFTOVERS };
