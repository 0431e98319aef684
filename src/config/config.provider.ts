/** The Nest token under which the one frozen `Config` is injected. */
export const CONFIG = Symbol('CONFIG');
