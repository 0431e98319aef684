import { mergeConfig } from 'vitest/config';
import ours from '../vitest.config.js';
import { LONG } from './long.js';

const { exclude: _, include: __, ...test } = ours.test ?? {};
// They wait more than they work.
export default mergeConfig({ ...ours, test }, { test: { include: LONG, maxWorkers: 3 } });
