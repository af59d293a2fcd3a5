"""Floor 2a: who may do what. Pure; asked at the door of the domain, not on pages."""
