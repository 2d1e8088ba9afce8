// Where one is, as the browser knows it.
import type { Location } from '../../../../server/contract/contents.ts';

const WAIT_MS = 15_000;

export const whereAmI = (): Promise<Location> =>
  new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => resolve({ latitude, longitude }),
      () => reject(new Error('The browser does not tell where you are.')),
      { timeout: WAIT_MS },
    );
  });
