declare const SCOPED: unique symbol;
/**
 * An installation id that the operator may see. The installation need not exist. Only `InstallationScope`
 * makes one.
 */
export type ScopedInstallationId = string & { readonly [SCOPED]: true };
