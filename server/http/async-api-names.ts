// How channels and operations of the AsyncAPI document are called.

/** `/app/session/token` → `appSessionToken`, `/amq/queue/{name}` → `amqQueueName` */
export const channelName = (destination: string): string =>
  destination
    .slice(1)
    .replaceAll(/[{}]/g, '')
    .replaceAll(/[/-](\w)/g, (_match, letter: string) => letter.toUpperCase());

export const operationName = (action: string, channel: string): string =>
  `${action}${channel.charAt(0).toUpperCase()}${channel.slice(1)}`;
