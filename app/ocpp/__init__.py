"""Floor 7d: the OCPP worker. Translates what charge points say into facts, makes them durable in batches, then answers."""
