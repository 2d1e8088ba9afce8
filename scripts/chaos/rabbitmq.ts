// The RabbitMQ that is struck: a private node, killed, frozen, started again over what the dead one left, and made to
// believe that its memory or its disk is full.
import type { Config } from '../../server/config.ts';
import { OperatorError } from '../../server/errors.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import { requireFree } from '../services/ports.ts';
import { rabbitmqctl } from '../services/rabbitmq-ctl.ts';
import { startBroker, stopBroker } from '../services/rabbitmq.ts';
import type { Service } from '../services/service.ts';

/** What raises an alarm, and what takes it back: the settings of broker-config/rabbitmq.conf. */
const alarms = {
  memory: { raise: ['set_vm_memory_high_watermark', '0.00001'], clear: ['set_vm_memory_high_watermark', '0.4'] },
  disk: { raise: ['set_disk_free_limit', '1000000GB'], clear: ['set_disk_free_limit', '256MB'] },
} as const;

export class RabbitMq {
  readonly #config: Config;
  #service: Service | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  /** undefined: in a container, where it cannot be struck. */
  get pid(): number | undefined {
    return this.#service?.pid;
  }

  async start(): Promise<Service> {
    this.#service = await startBroker(this.#config);
    return this.#service;
  }

  async kill(): Promise<void> {
    const service = this.#service as Service;
    process.kill(this.#pid, 'SIGKILL');
    // a killed process lets go of its ports a moment after it has lost its name
    await until('the end of RabbitMQ', async () => !(await service.isRunning()) && (await this.#portsAreFree()));
  }

  async stop(): Promise<void> {
    // a run that was broken off may have left it frozen
    if (this.pid !== undefined && (await this.#service?.isRunning())) process.kill(this.pid, 'SIGCONT');
    await stopBroker(this.#config);
  }

  async freeze(ms: number): Promise<void> {
    const pid = this.#pid;
    process.kill(pid, 'SIGSTOP');
    await sleep(ms);
    process.kill(pid, 'SIGCONT');
  }

  /** Publishers are blocked for so long. */
  async alarm(what: keyof typeof alarms, ms: number): Promise<void> {
    const { raise, clear } = alarms[what];
    await rabbitmqctl(this.#config, raise);
    await sleep(ms);
    await rabbitmqctl(this.#config, clear);
  }

  /** Messages in each queue that has some, delivered and not acknowledged ones too. */
  async queues(): Promise<Map<string, number>> {
    const said = await rabbitmqctl(this.#config, ['list_queues', '--silent', 'name', 'messages']);
    const rows = said.split('\n').map((line) => line.split('\t'));
    return new Map(rows.flatMap(([name = '', count]) => (Number(count) > 0 ? [[name, Number(count)] as const] : [])));
  }

  get #pid(): number {
    if (this.pid === undefined) throw new OperatorError('A RabbitMQ in a container cannot be struck.');
    return this.pid;
  }

  #portsAreFree(): Promise<boolean> {
    const { BROKER_PORT, BROKER_STOMP_PORT, BROKER_DIST_PORT } = this.#config;
    const free = [BROKER_PORT, BROKER_STOMP_PORT, BROKER_DIST_PORT].map((port) => requireFree(port, '', 'RabbitMQ'));
    return Promise.all(free).then(
      () => true,
      () => false,
    );
  }
}
