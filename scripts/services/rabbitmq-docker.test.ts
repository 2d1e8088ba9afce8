import { expect } from 'chai';
import { runArguments } from './rabbitmq-docker.ts';

describe('the container of the private node', () => {
  const args = runArguments({
    name: 'parley-x',
    state: '/data/broker/container',
    ports: [5672, 61613],
    config: '/data/broker/rabbitmq.conf',
    plugins: '/data/broker/enabled_plugins',
  });

  it('publishes its doors on the loopback address only', () => {
    const published = args.filter((_, i) => args[i - 1] === '--publish');
    expect(published).to.deep.equal(['127.0.0.1:5672:5672', '127.0.0.1:61613:61613']);
  });

  it('keeps its state in the data folder, under one node name', () => {
    expect(args).to.include('/data/broker/container:/var/lib/rabbitmq');
    expect(args).to.include('RABBITMQ_NODENAME=parley@localhost');
  });
});
