"""Floor 3: the unit of work: one transaction, one actor, one instant; audit, outbox jobs and live messages leave with it."""
