import type { InjectionToken } from '@nestjs/common';
import type { LoadedProvisioners } from '../../provisioner/loader.js';

/** The Nest token of the plugins that actions.yaml names. */
export const PROVISIONERS: InjectionToken<LoadedProvisioners> = Symbol('PROVISIONERS');
