"""Forms of the driver's pages."""
