/** The settings of the identity provider that the console needs. */
export interface IdentityProvider {
  readonly issuer: string;
  /** The public client of the console; null: the console does not use the provider. */
  readonly clientId: string | null;
  readonly scope: string;
}

/** The ways to sign in to the console. */
export interface SignIn {
  /** Sign-in with an operator token. */
  readonly token: true;
  /** Sign-in with the identity provider: authorization code with PKCE. */
  readonly oidc: { readonly issuer: string; readonly clientId: string; readonly scope: string } | null;
}

export function signInOf(provider: IdentityProvider | null): SignIn {
  if (provider === null || provider.clientId === null) return { token: true, oidc: null };
  const { issuer, clientId, scope } = provider;
  return { token: true, oidc: { issuer, clientId, scope } };
}
