import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { tokenFromReturn } from './oidc.js';
import { takePlace } from './session.js';
import { signInWith, waysToSignIn } from './sign-in.js';
import { SignInPage } from './sign-in-page.js';

/** The page to which the identity provider sends the browser back. */
export function SignedInPage() {
  const { route } = useLocation();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    void finish().then((failure) => (failure === null ? route(takePlace(), true) : setProblem(failure)));
  }, []);
  if (problem !== null) return <SignInPage failure={problem} />;
  return (
    <main class="sign-in" id="main">
      <h1>Drawbridge</h1>
      <p aria-busy="true">Signing in…</p>
    </main>
  );
}

/** Returns null after a sign-in, otherwise a message for the operator. */
async function finish(): Promise<string | null> {
  try {
    const { oidc } = await waysToSignIn();
    if (oidc === null) return 'No identity provider is configured.';
    return await signInWith(await tokenFromReturn(oidc, new URL(location.href)));
  } catch (error) {
    return `The sign-in failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
