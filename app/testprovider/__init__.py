"""The test provider's hosted card page; mounted only where settings allow."""
