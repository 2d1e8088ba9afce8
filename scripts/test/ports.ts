// Where `npm test` runs: ports of its own, so that it may run beside `npm start`. Variables of the same names
// override. Below the range from which the system takes ports for outgoing connections.
export const testPorts = {
  PORT: '19999',
  POSTGRES_PORT: '19432',
  BROKER_PORT: '19672',
  BROKER_STOMP_PORT: '19613',
  BROKER_DIST_PORT: '19675',
  METRICS_PORT: '19464',
} as const;
