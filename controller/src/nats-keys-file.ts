/** Name of the file in the state directory that holds the seeds of NatsKeys. */
export const natsKeysFile = "nats-keys.json";
