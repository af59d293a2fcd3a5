"""The test provider behind the port: remembers holds as a card processor would, takes no money. Its card page is app/testprovider."""
