/** The company's identity provider, as far as the console needs it. */
export interface IdentityProvider {
  readonly issuer: string;
  /** The public client of the console; null: the console does not use the provider. */
  readonly clientId: string | null;
  readonly scope: string;
}

/** How people may sign in at the console. */
export interface SignIn {
  /** With an operator's token. */
  readonly token: true;
  /** With the company's identity provider: authorization code and PKCE. */
  readonly oidc: { readonly issuer: string; readonly clientId: string; readonly scope: string } | null;
}

export function signInOf(provider: IdentityProvider | null): SignIn {
  if (provider === null || provider.clientId === null) return { token: true, oidc: null };
  const { issuer, clientId, scope } = provider;
  return { token: true, oidc: { issuer, clientId, scope } };
}
