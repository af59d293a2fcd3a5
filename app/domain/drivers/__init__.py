"""Drivers of partners: people who charge, their cards, balance and limits."""
