import { unpackTools } from './tools.js';

export default unpackTools;
