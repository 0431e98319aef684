import { useEffect, useState } from 'preact/hooks';
import type { SignIn } from '../../src/console/sign-in.js';
import { useTitle } from '../ui/title.js';
import { leaveForProvider, type OidcProvider } from './oidc.js';
import { signedOutBecause } from './session.js';
import { signInWith, waysToSignIn } from './sign-in.js';

/** Replaces every page until the operator has signed in. */
export function SignInPage({ failure }: { failure?: string | null }) {
  useTitle('Sign in');
  const [ways, setWays] = useState<SignIn | null>(null);
  const [problem, setProblem] = useState<string | null>(failure ?? null);
  useEffect(() => {
    waysToSignIn().then(setWays, () => setProblem('Drawbridge cannot be reached. Reload to try again.'));
  }, []);
  const because = signedOutBecause.value;
  return (
    <main class="sign-in" id="main">
      <h1>Drawbridge</h1>
      <p>Sign in to see the actions of deployments.</p>
      {because !== null && problem === null && <p class="notice busy">{because}</p>}
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {ways?.oidc && <ProviderChoice provider={ways.oidc} report={setProblem} />}
      <TokenForm report={setProblem} />
    </main>
  );
}

type Report = (problem: string | null) => void;

function ProviderChoice({ provider, report }: { provider: OidcProvider; report: Report }) {
  const leave = (): void => {
    const { pathname, search } = location;
    const backTo = pathname === '/console/signed-in' ? '/console/' : pathname + search;
    leaveForProvider(provider, backTo).catch((error: unknown) => report(messageOf(provider, error)));
  };
  return (
    <>
      <button type="button" class="main" onClick={leave}>
        Sign in with {new URL(provider.issuer).host}
      </button>
      <p class="or">or with a token</p>
    </>
  );
}

function messageOf({ issuer }: OidcProvider, error: unknown): string {
  return `The sign-in at ${issuer} failed: ${error instanceof Error ? error.message : String(error)}`;
}

function TokenForm({ report }: { report: Report }) {
  const [value, setValue] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    report(null);
    const problem = await signInWith(value.trim());
    setBusy(false);
    if (problem !== null) report(problem);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label for="token">Operator’s token</label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        spellcheck={false}
        required
        value={value}
        onInput={({ currentTarget }) => setValue(currentTarget.value)}
      />
      <button type="submit" class="main" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
      <p class="hint">The token stays in this tab until you close it.</p>
    </form>
  );
}
