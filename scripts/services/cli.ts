// `node scripts/services.mjs up|down|status`: the programs under DATA_DIR without Parley itself, for developers.
import { stompUrlOf } from '../../server/broker/stomp-address.ts';
import { configOfProcess } from '../../server/config.ts';
import { OperatorError } from '../../server/errors.ts';
import { isPostgresRunning, startPostgres, stopPostgres } from './postgres.ts';
import { generateClient, migrate } from './prisma.ts';
import { isBrokerRunning, startBroker, stopBroker } from './rabbitmq.ts';

const config = configOfProcess();

const commands: Record<string, () => Promise<void>> = {
  async up() {
    const [postgres, broker] = await Promise.all([startPostgres(config), startBroker(config), generateClient()]);
    await migrate(postgres.url);
    console.log(`DATABASE_URL=${postgres.url}`);
    console.log(`AMQP_URL=${broker.url}`);
    console.log(`BROKER_STOMP_URL=${stompUrlOf(broker.url, config.BROKER_STOMP_PORT)}`);
    console.log(`# process ids: PostgreSQL ${postgres.pid}, RabbitMQ ${broker.pid}`);
  },
  async down() {
    await Promise.all([stopPostgres(config), stopBroker(config)]);
  },
  async status() {
    console.log(`PostgreSQL: ${(await isPostgresRunning(config)) ? 'running' : 'stopped'}`);
    console.log(`RabbitMQ: ${(await isBrokerRunning(config)) ? 'running' : 'stopped'}`);
  },
};

try {
  const command = commands[process.argv[2] ?? ''];
  if (!command) throw new OperatorError(`Say one of: ${Object.keys(commands).join(', ')}.`);
  await command();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
