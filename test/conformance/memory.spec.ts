import { describe, it } from 'vitest';
import memory, { find } from '../../src/provisioner/builtin/memory.js';
import { describeProvisioner } from '../../src/provisioner/testing/conformance.js';

describeProvisioner({ describe, it }, { plugin: memory, config: {}, invalidConfig: { colour: 'red' }, find });
