"""The monthly settlement of one partner, in small steps; ``app.money.statement.build_statement`` puts them together.

read (``fields``, ``partners``, ``contracts``, ``sessions``, ``case``) → place (``assignment``) → settle (``app.money.sharing``,
``refunds``) → pay (``corporate``, ``collection``, ``platform_fee``) → document (``documents``, ``carry``, ``receipts``) → ``output``.
"""
