import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { ActionPage } from './action/action-page.js';
import { ActionsPage } from './actions/actions-page.js';
import { AllocationPage } from './allocations/allocation-page.js';
import { AllocationsPage } from './allocations/allocations-page.js';
import { DeliveriesPage } from './deliveries/deliveries-page.js';
import { DeliveryPage } from './deliveries/delivery-page.js';
import { InstallationPage } from './installations/installation-page.js';
import { InstallationsPage } from './installations/installations-page.js';
import { OverviewPage } from './overview/overview-page.js';
import { SearchPage } from './search/search-page.js';
import { me, token } from './session/session.js';
import { recognize } from './session/sign-in.js';
import { SignInPage } from './session/sign-in-page.js';
import { SignedInPage } from './session/signed-in-page.js';
import { Shell } from './shell/shell.js';
import { Empty } from './ui/notice.js';
import { place } from './ui/place.js';

export function App() {
  return (
    <LocationProvider scope="/console">
      <Gate />
    </LocationProvider>
  );
}

/** Shows pages only after sign-in. Keeps the address, so that the operator returns to the same page. */
function Gate() {
  const { path } = useLocation();
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    if (token.value !== null && me.value === null) void recognize().then(setFailure);
  }, []);
  if (path === '/console/signed-in' && me.value === null) return <SignedInPage />;
  if (me.value !== null) return <Pages />;
  if (token.value === null || failure !== null) return <SignInPage failure={failure} />;
  return <p class="loading" aria-busy="true" />;
}

function Pages() {
  return (
    <Shell>
      <Router onRouteChange={toTheTop}>
        <Route path="/console" component={OverviewPage} />
        <Route path={place.actions} component={ActionsPage} />
        <Route path={`${place.actions}/:id`} component={ActionPage} />
        <Route path={place.allocations} component={AllocationsPage} />
        <Route path={`${place.allocations}/:id`} component={AllocationPage} />
        <Route path={place.installations} component={InstallationsPage} />
        <Route path={`${place.installations}/:id`} component={InstallationPage} />
        <Route path={place.deliveries} component={DeliveriesPage} />
        <Route path={`${place.deliveries}/:id`} component={DeliveryPage} />
        <Route path={place.search} component={SearchPage} />
        <Route default component={Unknown} />
      </Router>
    </Shell>
  );
}

/** Moves the focus to the new page, so that keyboards and screen readers begin there. */
function toTheTop(): void {
  document.getElementById('main')?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function Unknown() {
  return (
    <>
      <h1>Page not found</h1>
      <Empty>
        The console has no page at this address. <a href={place.overview}>Go to the overview</a>, or search
        for an id.
      </Empty>
    </>
  );
}
