"""What a person of the operator is needed for now, who has taken it, and the figures of the day."""
