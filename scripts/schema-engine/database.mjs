// The schema engine's way to PostgreSQL: connections, databases made and dropped, and what adapter-pg lacks.
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { Client, Pool, Result } from 'pg';

/** Prisma's URLs name a schema in a parameter that PostgreSQL does not know. */
function split(url) {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema') ?? undefined;
  parsed.searchParams.delete('schema');
  return { url: parsed.toString(), schema, database: decodeURIComponent(parsed.pathname.slice(1)) };
}

function withDatabase(url, database) {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.toString();
}

async function withClient(url, work) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

export async function createDatabase(given) {
  const { url, database } = split(given);
  await withClient(withDatabase(url, 'postgres'), (client) => client.query(`CREATE DATABASE ${quoted(database)}`));
  return database;
}

export async function connectionProblem(given) {
  const { url, database } = split(given);
  try {
    await withClient(url, (client) => client.query('select 1'));
    return undefined;
  } catch (error) {
    if (error.code === '3D000') return { code: 'P1003', message: `Database \`${database}\` does not exist` };
    if (error.code === '28P01' || error.code === '28000') {
      return { code: 'P1000', message: 'Authentication failed against the database server' };
    }
    return { code: 'P1001', message: `Can't reach database server (${error.message || error.code})` };
  }
}

// PostgreSQL's type "char" and its array, in which the engine's catalogue queries answer
const CHAR = 18;
const CHAR_ARRAY = 1002;
// text and its array
const shownAs = new Map([
  [CHAR, 25],
  [CHAR_ARRAY, 1009],
]);
// which columns of the newest result are "char"; the engine asks one question at a time
let charColumns = [];

/** adapter-pg has no mapping for "char", while the engine insists on it: shown as text to the one, named to the other. */
export function letCharPass() {
  const { addFields } = Result.prototype;
  Result.prototype.addFields = function (fields) {
    charColumns = fields.flatMap(({ dataTypeID }, i) => (dataTypeID === CHAR ? [i] : []));
    for (const field of fields) field.dataTypeID = shownAs.get(field.dataTypeID) ?? field.dataTypeID;
    return addFields.call(this, fields);
  };
}

/** A connection of the adapter that knows "char", and sends a script whole: adapter-pg splits it at every ";". */
async function connect(url, options) {
  const pool = new Pool({ connectionString: url, max: 1 });
  pool.on('error', () => {});
  const connection = await new PrismaPg(pool, options).connect();
  const queryRaw = connection.queryRaw.bind(connection);
  connection.queryRaw = async (query) => {
    charColumns = [];
    const result = await queryRaw(query);
    for (const i of charColumns) result.columnTypes[i] = ColumnTypeEnum.Character;
    return result;
  };
  connection.executeScript = async (sql) => {
    await connection.underlyingDriver().query(sql);
  };
  return connection;
}

export function databaseFactory(given) {
  const { url, schema } = split(given ?? 'postgresql://localhost/unused');
  const options = { ...(schema ? { schema } : {}), disposeExternalPool: true };
  return bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(url, options),
    async connectToShadowDb() {
      const name = `prisma_migrate_shadow_db_${globalThis.crypto.randomUUID()}`;
      await withClient(url, (client) => client.query(`CREATE DATABASE ${quoted(name)}`));
      const connection = await connect(withDatabase(url, name), options);
      const dispose = connection.dispose.bind(connection);
      connection.dispose = async () => {
        await dispose();
        await withClient(url, (client) => client.query(`DROP DATABASE ${quoted(name)}`));
      };
      return connection;
    },
  });
}

/** For comparing two schemas: it answers the one question that the engine asks of any database, its version. */
export function noDatabaseFactory() {
  const refuse = async () => {
    throw new Error('this command uses no database');
  };
  const version = {
    columnNames: ['exists', 'version', 'numeric_version'],
    columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
    rows: [[true, 'PostgreSQL 15.0', 150000]],
  };
  return bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: 'none',
    connect: async () => ({
      provider: 'postgres',
      adapterName: 'none',
      queryRaw: async () => version,
      executeRaw: async () => 0,
      executeScript: refuse,
      startTransaction: refuse,
      dispose: async () => {},
      getConnectionInfo: () => ({ supportsRelationJoins: true }),
    }),
    connectToShadowDb: refuse,
  });
}
