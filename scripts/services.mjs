// Starts and stops the programs under DATA_DIR without Parley itself: up, down or status.
import { register } from 'tsx/esm/api';

register();
await import('./services/cli.ts');
