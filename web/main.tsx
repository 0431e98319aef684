import { render } from 'preact';
import { App } from './app.js';
import { followLive } from './live/live.js';
import { applyTheme } from './shell/theme.js';
import './style/page.css';
import './style/tables.css';
import './style/forms.css';
import './style/overview.css';
import './style/action.css';

applyTheme();
followLive();
const root = document.getElementById('console');
if (root !== null) render(<App />, root);
