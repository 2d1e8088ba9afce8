// Any JSON value, as a schema with a name: it refers to itself.
import { z } from 'zod';

export const anyJson = z.json().meta({ id: 'Json' });
