declare const SCOPED: unique symbol;
/** The id of an installation that the operator may see. The installation need not exist. Only `InstallationScope` makes such ids. */
export type ScopedInstallationId = string & { readonly [SCOPED]: true };
